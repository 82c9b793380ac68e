require_relative "problem"

module Dockyard
  # Public keys as `type blob`, from a line or a file; the twin of description.public_key.
  module Keys
    LINE = %r{\A(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)
             |sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)
             \ +([A-Za-z0-9+/]{40,}={0,3})(\ .*)?\z}x

    # Relative paths start at `folder`. Raises Failure with what to write instead.
    def self.public_key(entry, folder)
      text = entry.start_with?("~", "/", ".") ? contents(entry, folder) : entry
      if text.include?("PRIVATE KEY")
        raise Failure, "is a private key, which stays with you: name the file that ends in .pub"
      end

      match = LINE.match(text)
      return "#{match[1]} #{match[2]}" if match

      raise Failure, "is #{Dockyard.shorten(entry)}, which is no public key (ssh-ed25519 AAAA…) or .pub file"
    end

    def self.contents(entry, folder)
      path = File.expand_path(entry, folder)
      raise ArgumentError, "no file" if File.exist?(path) && !File.file?(path)

      text = File.read(path, 16_000, encoding: "UTF-8").to_s.strip
      text.valid_encoding? && text.ascii_only? ? text : raise(ArgumentError, "no text file")
    rescue SystemCallError, ArgumentError => error
      raise Failure, "is #{Dockyard.shorten(entry)}, which can't be read: #{error.message.sub(/ @.*/, "")}"
    end
    private_class_method :contents
  end
end
