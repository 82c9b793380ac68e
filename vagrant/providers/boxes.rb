module Dockyard
  module Providers
    # Virtual machines from a public box or an own one: VirtualBox, VMware, Hyper-V.
    # The public catalogue of boxes is closing; `local.box_url` names another place.
    module Boxes
      PUBLIC = {
        "debian-12" => "bento/debian-12", "debian-13" => "bento/debian-13",
        "ubuntu-22.04" => "bento/ubuntu-22.04", "ubuntu-24.04" => "bento/ubuntu-24.04"
      }.freeze
      NETMASK = "255.255.255.240".freeze
      HYPERV_NOTE = "Hyper-V takes no networks or addresses from a Vagrantfile: the machines of a seat " \
                    "are not on a network of their own, and their names won't lead anywhere.".freeze
      VMWARE_NOTE = "VMware makes a host-only network for each seat; this computer is on it too.".freeze

      PASSWORD = File.expand_path("../lock-password.sh", __dir__)

      module_function

      def configure(config, lab, machine, _starting)
        virtualbox(config, lab, machine)
        vmware(config, lab, machine)
        hyperv(config, lab, machine)
      end

      # An internal network: no address on this computer, no other seat in it.
      def virtualbox(config, lab, machine)
        config.vm.provider "virtualbox" do |box, override|
          box.name = name(lab, machine)
          box.cpus, box.memory = lab.cpus_and_memory(machine)
          from(box, override, lab, machine)
          network(override, machine, virtualbox__intnet: "dockyard-#{lab.name}-#{machine.seat_name}")
        end
      end

      def vmware(config, lab, machine)
        config.vm.provider "vmware_desktop" do |box, override|
          box.vmx["numvcpus"], box.vmx["memsize"] = lab.cpus_and_memory(machine).map(&:to_s)
          from(box, override, lab, machine)
          network(override, machine)
        end
      end

      def hyperv(config, lab, machine)
        config.vm.provider "hyperv" do |box, override|
          box.vmname = name(lab, machine)
          box.cpus, box.memory = lab.cpus_and_memory(machine)
          from(box, override, lab, machine)
        end
      end

      def name(lab, machine)
        "dockyard-#{lab.name}-#{machine.host}"
      end

      def network(override, machine, **more)
        override.vm.network "private_network", ip: machine.address, netmask: NETMASK, **more
      end

      # Vagrant puts a key of its own in place of the box's well-known one.
      def from(box, override, lab, machine)
        box.linked_clone = true
        override.vm.box = PUBLIC.fetch(machine.image) { machine.image.delete_prefix("native:") }
        override.vm.box_url = lab.local["box_url"] if lab.local["box_url"]
        override.vm.hostname = machine.host
        override.ssh.insert_key = true
        override.vm.provision "no password", type: "shell", path: PASSWORD
      end
    end
  end
end
