require "json"
require_relative "problem"

module Dockyard
  # The text that a machine is given; the twin of dockyard/user_data.py, byte for byte.
  class UserData
    PLACE = "@SETTINGS@\n".freeze
    MOST_BYTES = 15_000

    def initialize(provision)
      # messages in one language each: two would not fit
      @texts = { "en" => "user-data.sh", "fr" => "user-data.fr.sh" }.transform_values do |name|
        File.read(File.join(provision, name), encoding: "US-ASCII")
      end
      @daemon = JSON.parse(File.read(File.join(provision, "daemon.json"), encoding: "US-ASCII"))
    rescue SystemCallError => error
      raise Failure.new("#{provision} is not complete: #{error.message.sub(/ @.*/, "")}", "Type: git status")
    end

    # `seat` are the machines of the seat, `login` the account that Vagrant uses.
    def of(lab, seat, machine, login:, student_key: nil)
      lines = settings(lab, seat, machine, login, student_key).map { |key, value| "#{key}=#{value}\n" }
      text = @texts.fetch(lab["language"]).sub(PLACE) { lines.join }
      return text if text.bytesize <= MOST_BYTES

      raise Failure.new("The user data of #{machine.host} has #{text.bytesize} bytes, #{MOST_BYTES} is the most.",
                        "Shorten access.keys (ed25519 keys are short) or docker.daemon.")
    end

    private

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
