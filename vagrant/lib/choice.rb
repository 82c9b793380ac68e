require "open3"
require_relative "problem"

module Dockyard
  # Which provider Vagrant is to use, and why. Machines that exist keep theirs; only an
  # `up` that makes the first one looks at what works here (provider.sh).
  class Choice
    SCRIPT = File.expand_path("../provider.sh", __dir__)

    attr_reader :reason

    # `dotfile` is Vagrant's own folder, `arguments` are those of the vagrant command.
    def initialize(lab, dotfile, arguments)
      @lab = lab
      @dotfile = dotfile
      @arguments = arguments
      @command = self.class.command(arguments)
    end

    # Flags of Vagrant's own may stand before the command.
    def self.command(arguments)
      arguments.find { |word| !word.start_with?("-") }
    end

    def up?
      @command == "up"
    end

    # A command that may make or start a machine.
    def starting?
      %w[up reload].include?(@command)
    end

    # A command that reads or takes away needs no user data, and no keys for it.
    def provisioning?
      !%w[status ssh ssh-config port halt suspend destroy].include?(@command)
    end

    def provider
      @provider ||= named || existing.values.first || @lab.local["provider"] || found
    end

    # The provider of one machine.
    def of(host)
      existing.fetch(host, provider)
    end

    # Every machine that Vagrant has, with its provider.
    def existing
      @existing ||= Dir.glob(File.join(@dotfile, "machines", "*", "*", "id")).sort.to_h do |path|
        path.split(File::SEPARATOR)[-3, 2]
      end
    end

    # Those whose way in is the key pair of this clone, not one that Vagrant put in.
    def opened_by_key_pair
      return [] if @lab.local["box_url"]

      existing.select { |_, provider| %w[docker libvirt].include?(provider) }.keys
    end

    private

    def named
      flag = @arguments.index { |word| word.start_with?("--provider") }
      given = flag && (@arguments[flag][/=(.+)/, 1] || @arguments[flag + 1])
      given || ENV["VAGRANT_DEFAULT_PROVIDER"].then { |name| name unless name.to_s.empty? }
    end

    # Nothing exists and nothing is to be made: any provider will do to say so.
    def found
      return likely unless starting?

      text, errors, status = Open3.capture3("sh", SCRIPT)
      name, @reason = text.split("\n")
      return name if status.success? && name

      raise Failure.new("No provider works on this computer.", "#{text}#{errors}".strip)
    end

    def likely
      programs = { "docker" => "docker", "VBoxManage" => "virtualbox", "virsh" => "libvirt" }
      folders = ENV.fetch("PATH", "").split(File::PATH_SEPARATOR)
      there = programs.keys.find { |name| folders.any? { |folder| File.executable?(File.join(folder, name)) } }
      programs.fetch(there, "docker")
    end
  end
end
