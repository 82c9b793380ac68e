require_relative "../providers/boxes"
require_relative "../providers/docker"
require_relative "../providers/libvirt"

module Dockyard
  # What a provider needs beyond its configuration, by its name in Vagrant.
  module Providers
    OWN = { "docker" => Docker, "libvirt" => Libvirt }.freeze
    NOTES = { "docker" => Docker::NOTE, "hyperv" => Boxes::HYPERV_NOTE, "vmware_desktop" => Boxes::VMWARE_NOTE }.freeze

    module_function

    # `starting`: the command may make or start the machine.
    def configure(config, lab, machine, provider, starting:)
      OWN.fetch(provider, Boxes).configure(config, lab, machine, starting)
      forward(config, lab) unless provider == "libvirt"
      config.trigger.before(:up, :reload) do |trigger|
        trigger.name = "#{machine.seat_name}'s network"
        trigger.ruby { |_, _| Providers.before(lab, machine, provider) }
      end
    end

    # Single ports of the description, at this computer's own address only; the next free one
    # where several machines want the same. With libvirt the machine's address is reached itself.
    def forward(config, lab)
      lab.data["access"]["ports"].map(&:to_s).grep_v(/-/).map(&:to_i).uniq.each do |port|
        config.vm.network "forwarded_port", guest: port, host: port < 1024 ? port + 8000 : port,
                                            host_ip: "127.0.0.1", auto_correct: true
      end
    end

    def before(lab, machine, provider)
      OWN[provider]&.before(lab, machine)
    rescue Failure => failure
      Providers.refuse(failure)
    end

    # A machine that Vagrant has and the description doesn't: it can be destroyed, no more.
    def leftover(config, provider, host)
      config.vm.provider("docker") { |docker| docker.image = "dockyard-machine" } if provider == "docker"
      config.vm.box = host unless provider == "docker"
    end

    # A sentence in place of Ruby's traceback.
    def refuse(failure)
      raise Class.new(Vagrant::Errors::VagrantError) { error_message(failure.message) }
    end
  end
end
