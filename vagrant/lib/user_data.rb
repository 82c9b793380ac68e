require "json"
require_relative "problem"

module Dockyard
  # The text that a machine is given; the twin of dockyard/user_data.py, byte for byte.
  class UserData
    PLACE = "@SETTINGS@\n".freeze
    MOST_BYTES = 15_000

    def initialize(provision)
      @provision = provision
      @texts = Hash.new { |texts, language| texts[language] = contents(file(language)) }
      @daemon = JSON.parse(contents("daemon.json"))
    end

    # `seat` are the machines of the seat, `login` the account that Vagrant uses.
    def of(lab, seat, machine, login:, student_key: nil)
      lines = settings(lab, seat, machine, login, student_key).map { |key, value| "#{key}=#{value}\n" }
      text = @texts[lab["language"]].sub(PLACE) { lines.join }
      return text if text.bytesize <= MOST_BYTES

      raise Failure.new("The user data of #{machine.host} has #{text.bytesize} bytes, #{MOST_BYTES} is the most.",
                        "Shorten access.keys (ed25519 keys are short) or docker.daemon.")
    end

    private

    # Messages in one language only: two would not fit.
    def file(language)
      language == "en" ? "user-data.sh" : "user-data.#{language}.sh"
    end

    def contents(name)
      File.read(File.join(@provision, name), encoding: "US-ASCII")
    rescue SystemCallError => error
      raise Failure.new("#{@provision} is not complete: #{error.message.sub(/ @.*/, "")}: #{name}", "Type: git status")
    end

    def settings(lab, seat, machine, login, student_key)
      docker = lab["docker"]
      {
        "AUTHORIZED_KEYS" => [*lab["access"]["keys"], student_key].compact.join(","),
        "CHANNEL" => docker["channel"],
        "DAEMON" => JSON.generate(sorted(daemon(docker))),
        "HOSTNAME" => machine.host,
        "HOSTS" => seat.map { |other| "#{other.address} #{other.host} #{other.name}" }.join(","),
        "LAB" => lab["name"],
        "LANGUAGE" => lab["language"],
        "MIRROR" => docker["mirror"],
        "MIRROR_KEY" => docker["mirror_key"],
        "SOURCE" => docker["source"],
        "USERS" => [login, *docker["users"]].uniq.sort.join(" "),
        "VERSION" => docker["version"]
      }.reject { |_, value| value.nil? || value.empty? }.sort
    end

    def daemon(docker)
      mirrors = docker["registry_mirrors"]
      @daemon.merge(mirrors.empty? ? {} : { "registry-mirrors" => mirrors }, docker["daemon"])
    end

    def sorted(value)
      case value
      when Hash then value.sort.to_h { |key, item| [key, sorted(item)] }
      when Array then value.map { |item| sorted(item) }
      else value
      end
    end
  end
end
