# The lab that vagrant/lab.own.yaml or vagrant/lab.yaml describes: its machines and what
# each is given. Plain Ruby, without Vagrant: `ruby -r ./lab.rb -e 'puts Dockyard::Lab.read.name'`
require "json"
require_relative "lib/keys"
require_relative "lib/problem"
require_relative "lib/rules"
require_relative "lib/schema"
require_relative "lib/seats"
require_relative "lib/user_data"
require_relative "lib/yaml_file"

module Dockyard
  # A checked description; `path` is the file it came from.
  class Lab
    ROOT = File.expand_path("..", __dir__)
    FACTS = JSON.parse(File.read(File.join(ROOT, "dockyard/clouds/local.json")))

    attr_reader :path, :data, :machines

    def self.path
      own = File.join(__dir__, "lab.own.yaml")
      ENV["DOCKYARD_DESCRIPTION"] || (File.exist?(own) || File.symlink?(own) ? own : File.join(__dir__, "lab.yaml"))
    end

    # Raises Failure with every problem of the file.
    def self.read(path = self.path)
      new(path)
    end

    def initialize(path)
      @path = File.expand_path(path)
      @file = YamlFile.new(path)
      schema = Schema.new(File.join(ROOT, "dockyard/lab.schema.json"))
      @data, problems = schema.read("LabSpec", said)
      problems = Rules.new(@data, FACTS, most(schema)).problems if problems.empty?
      problems = normalise if problems.empty?
      refuse(problems) unless problems.empty?
      @machines = Seats.machines(@data)
    end

    def name
      @data["name"]
    end

    def local
      @data["local"]
    end

    # The machines of the seat that a machine belongs to.
    def seat(machine)
      @machines.select { |other| other.seat == machine.seat }
    end

    def cpus_and_memory(machine)
      machine.cpus_and_memory(FACTS["sizes"])
    end

    def user_data(machine)
      @user_data ||= UserData.new(File.join(ROOT, "provision"))
      @user_data.of(@data, seat(machine), machine, login: FACTS["login"], student_key: student_key(machine))
    end

    # What this lab keeps on this computer (git-ignored).
    def kept
      File.join(ROOT, ".dockyard", "local", name)
    end

    private

    def said
      return @file.data["lab"] if @file.data.is_a?(Hash) && @file.data.key?("lab")

      raise Failure.new("#{@path} has no `lab:` mapping.", "Compare it with vagrant/lab.yaml.")
    end

    def most(schema)
      schema.definition("#/$defs/Machine")["properties"]["count"]["maximum"]
    end

    # Public keys without comments, addresses without a slash at the end.
    def normalise
      docker = @data["docker"]
      docker["mirror"] = docker["mirror"]&.sub(%r{/+\z}, "")
      docker["registry_mirrors"] = docker["registry_mirrors"].map { |url| url.sub(%r{/+\z}, "") }
      problems = []
      keys = @data["access"]["keys"].each_with_index.map do |entry, index|
        Keys.public_key(entry, File.dirname(@path))
      rescue Failure => error
        problems << Problem.new(["access", "keys", index], error.message)
        nil
      end
      @data["access"]["keys"] = keys.uniq
      problems
    end

    def refuse(problems)
      count = problems.size == 1 ? "1 problem" : "#{problems.size} problems"
      lines = problems.map { |problem| [@file.line(["lab", *problem.path]), problem] }.sort_by(&:first).map do |line, problem|
        "  line #{line}: #{problem.path.empty? ? "lab" : problem.where} #{problem.text}"
      end
      raise Failure.new("#{@path} has #{count}:\n#{lines.join("\n")}",
                        "Mend #{File.basename(@path)}; every key is explained in docs/description.md.")
    end

    def student_key(machine)
      return unless @data["access"]["per_student_keys"]

      path = File.join(kept, "keys", "#{machine.seat_name}.pub")
      Keys.public_key(path, ROOT)
    rescue Failure => error
      raise Failure.new("#{path} #{error.message}", "Type: dockyard keys local")
    end
  end
end
