require "date"
require "ipaddr"
require_relative "problem"

module Dockyard
  # What one field of a local lab alone can't tell; the twin of dockyard/description.py.
  class Rules
    DOCKER_API = [2375, 2376].freeze
    LOCAL_SIZE = /\Anative:[1-9][0-9]?x[1-9][0-9]{2,6}\z/
    DEEPEST = 22 # of a place in docker.daemon: 20 below it

    # `most` is the largest number of machines of a seat.
    def initialize(lab, facts, most)
      @lab = lab
      @facts = facts
      @most = most
      @problems = []
    end

    def problems
      target
      machines
      place
      lifetime
      docker
      daemon(["docker", "daemon"], @lab["docker"]["daemon"])
      access
      products
      @problems
    end

    private

    def problem(path, text)
      @problems << Problem.new(path, text)
    end

    def shown(value)
      "is #{Dockyard.shorten(value)}"
    end

    def target
      return if @lab["target"] == "local"

      problem(["target"], "#{shown(@lab["target"])}, but Vagrant makes machines on this computer: write local")
    end

    def machines
      names = @lab["machines"].flat_map { |kind| (1..kind["count"]).map { |number| "#{kind["name"]}#{number}" } }
      names.tally.each do |name, times|
        problem(["machines"], "make #{times} machines named #{name}; rename one kind") if times > 1
      end
      problem(["machines"], "make #{names.size} machines a seat, but #{@most} is the most") if names.size > @most
      @lab["machines"].each_with_index do |kind, index|
        unless kind["fallback"].empty?
          problem(["machines", index, "fallback"], "goes with a cloud; this computer has every size")
        end
        next unless kind["size"].start_with?("native:")
        next if LOCAL_SIZE.match?(kind["size"])

        problem(["machines", index, "size"],
                "#{shown(kind["size"])}, but local sizes are `native:2x2048`: CPUs x MiB")
      end
    end

    def place
      %w[region zone].each do |name|
        problem([name], "#{shown(@lab[name])}, but local has no #{name}s") if @lab[name]
      end
    end

    # A time that is past is nothing to refuse here: its machines must still be destroyed.
    def lifetime
      problem(["until"], "is given beside hours; write one of the two") if @lab["hours"] && @lab["until"]
      day = @lab["until"].to_s[/\A[0-9]{4}-[0-9]{2}-[0-9]{2}/]
      return if day.nil? || Date.valid_date?(*day.split("-").map(&:to_i))

      problem(["until"], "#{shown(@lab["until"])}, which is no day of the calendar")
    end

    def docker
      docker = @lab["docker"]
      if docker["source"] != "docker"
        { "version" => nil, "channel" => "stable" }.each do |name, default|
          next if docker[name] == default

          problem(["docker", name], "goes with `source: docker`; a distribution has the one it has")
        end
      end
      if docker["source"] == "distribution" && docker["mirror"]
        problem(["docker", "mirror"], "goes with `source: docker` or `auto`")
      elsif docker["mirror_key"] && !docker["mirror"]
        problem(["docker", "mirror_key"], "goes with `mirror`, which is missing")
      end
      users(docker["users"])
    end

    def users(users)
      users.each_with_index do |user, index|
        if @facts["reserved_users"].include?(user)
          problem(["docker", "users", index], "#{shown(user)}, which local keeps for itself; take another name")
        elsif users.take(index).include?(user)
          problem(["docker", "users", index], "#{shown(user)} a second time")
        end
      end
    end

    # Only what JSON and Python write the same way: no floats, ASCII text, no null.
    def daemon(path, value)
      return problem(path, "is nested too deeply for settings of the daemon") if path.size > DEEPEST

      case value
      when Hash
        value.each do |key, item|
          plain?(key) ? daemon(path + [key], item) : problem(path, "has a key that is not plain ASCII text")
        end
        { "hosts" => "keeps the daemon from starting under systemd: use ssh contexts",
          "registry-mirrors" => "has a field of its own: docker.registry_mirrors" }.each do |key, text|
          problem(path + [key], text) if path.size == 2 && value.key?(key)
        end
      when Array then value.each_with_index { |item, index| daemon(path + [index], item) }
      when Integer, true, false then nil
      else
        problem(path, "must be text in ASCII, a whole number, true, false, a list or a mapping") unless plain?(value)
      end
    end

    def plain?(text)
      text.is_a?(String) && text.match?(/\A[\x20-\x7e]*\z/)
    end

    def access
      @lab["access"]["cidrs"].each_with_index do |cidr, index|
        next if cidr == "me" || cidr?(cidr)

        problem(["access", "cidrs", index], "#{shown(cidr)}, which is no CIDR; write 203.0.113.7/32, or me")
      end
      @lab["access"]["ports"].each_with_index do |port, index|
        text = port_problem(*port.to_s.split("-").map(&:to_i))
        problem(["access", "ports", index], "#{shown(port)}, which #{text}") if text
      end
    end

    # Python's ip_network refuses an address with host bits, so does this.
    def cidr?(text)
      address, length = text.split("/", 2)
      IPAddr.new(text) == IPAddr.new(address) && (length.nil? || length.match?(/\A[0-9]+\z/))
    rescue IPAddr::Error
      false
    end

    def port_problem(first, last = first)
      return "lies outside 1 to 65535, or has the higher one first" unless (1..last).cover?(first) && last <= 65_535

      "opens the Docker API, which is root for anyone: use ssh" if DOCKER_API.any? { |port| port.between?(first, last) }
    end

    def products
      %w[cluster registry].each do |name|
        problem([name], "can't be made on local") if @lab[name]
      end
      problem(["students"], "is 0: nothing to make") if (@lab["students"] + @lab["spare"]).zero?
      @lab["tags"].each_key do |key|
        problem(["tags", key], "is Dockyard's own; take another key") if key.start_with?("dockyard")
      end
    end
  end
end
