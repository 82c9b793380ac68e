require "fileutils"
require_relative "../lib/choice"
require_relative "../lib/key_pair"
require_relative "../lib/shell"

module Dockyard
  module Providers
    # A virtual machine by KVM, or emulated where KVM boots nothing. It boots the kernel that
    # was built beside its disk directly.
    module Libvirt
      OUT = File.expand_path("../box/out/libvirt", __dir__)
      URI = ENV.fetch("LIBVIRT_DEFAULT_URI", "qemu:///system")
      POOL = "default".freeze
      LOCK = Mutex.new
      KERNEL = "root=/dev/vda rw quiet console=ttyS0 net.ifnames=0 random.trust_cpu=on systemd.show_status=no".freeze

      # An emulated processor has no holes to close and only its own clock; both cost much there.
      EMULATED = " mitigations=off tsc=reliable".freeze

      module_function

      def configure(config, lab, machine, starting)
        config.vm.provider "libvirt" do |libvirt, override|
          size(libvirt, lab, machine)
          network(libvirt, lab, machine)
          own?(lab, machine) ? own_box(lab, machine, override) : built_box(libvirt, lab, machine, override, starting)
        end
      end

      def size(libvirt, lab, machine)
        libvirt.uri = URI
        libvirt.default_prefix = "dockyard-#{lab.name}-"
        libvirt.cpus, libvirt.memory = lab.cpus_and_memory(machine)
        libvirt.machine_virtual_size = machine.disk
        libvirt.storage_pool_name = POOL
        libvirt.graphics_type = "none"
        libvirt.video_type = "none"
      end

      # One network a seat: the way out, and to the other machines of the seat; libvirt lets no
      # packet from one such network into another.
      def network(libvirt, lab, machine)
        libvirt.management_network_name = "dockyard-#{lab.name}-#{machine.seat_name}"
        libvirt.management_network_address = Seats.subnet(machine.seat)
        libvirt.management_network_mac = mac(machine)
      end

      def mac(machine)
        format("52:54:00:4d:%02x:%02x", *machine.address.split(".").last(2).map(&:to_i))
      end

      def own?(lab, machine)
        lab.local["box_url"] || machine.image.start_with?("native:")
      end

      def own_box(lab, machine, override)
        override.vm.box = machine.image.delete_prefix("native:")
        override.vm.box_url = lab.local["box_url"] if lab.local["box_url"]
        override.vm.hostname = machine.host
        override.vm.provision "no password", type: "shell", path: Boxes::PASSWORD
      end

      def built_box(libvirt, lab, machine, override, starting)
        override.vm.box = box(lab, machine)
        override.vm.guest = machine.image[/[a-z]+/] # known, so Vagrant need not find out
        override.vm.box_url = "file://#{folder(lab, machine)}/dockyard.box"
        override.ssh.private_key_path = KeyPair.private_path
        override.ssh.insert_key = false
        return unless starting

        boot(libvirt, lab, machine)
      end

      def boot(libvirt, lab, machine)
        processor(libvirt)
        libvirt.kernel = volume_path(lab, machine, "vmlinuz")
        libvirt.initrd = volume_path(lab, machine, "initrd.img")
        libvirt.cmd_line = "#{KERNEL}#{EMULATED unless kvm?} systemd.hostname=#{machine.host} dockyard.key=#{KeyPair.public_key.tr(" ", ":")}"
      end

      def processor(libvirt)
        return libvirt.driver = "kvm" if kvm?

        libvirt.driver = "qemu"
        libvirt.cpu_mode = "custom"
        libvirt.cpu_model = "qemu64"
      end

      def kvm?
        return @kvm unless @kvm.nil?

        @kvm = !Shell.output("sh", Choice::SCRIPT, "--kvm").nil?
      end

      def folder(lab, machine)
        plain = File.join(OUT, machine.image)
        baked = "#{plain}-distribution"
        lab.data["docker"]["source"] == "distribution" && File.exist?("#{baked}/dockyard.box") ? baked : plain
      end

      # The name changes with what was built, so that neither Vagrant nor libvirt takes an old one.
      def box(lab, machine)
        stamp = File.join(folder(lab, machine), "stamp")
        "dockyard-box-#{File.basename(folder(lab, machine))}-#{File.exist?(stamp) ? File.read(stamp).strip : "none"}"
      end

      def volume(lab, machine, file)
        "#{box(lab, machine)}-#{file}"
      end

      # The kernel lies in libvirt's own pool: its emulator may not read a person's folders.
      def volume_path(lab, machine, file)
        @paths ||= {}
        name = volume(lab, machine, file)
        @paths[name] ||= LOCK.synchronize { found(name) || upload(name, File.join(folder(lab, machine), file)) }
      end

      def found(name)
        virsh("vol-path", "--pool", POOL, name)
      end

      def upload(name, file)
        demand_box(file)
        make_pool
        virsh!("vol-create-as", POOL, name, File.size(file).to_s, "--format", "raw")
        virsh!("vol-upload", "--pool", POOL, name, file)
        found(name)
      end

      def demand_box(file)
        return if File.exist?(file)

        raise Failure.new("The box of #{File.basename(File.dirname(file))} for libvirt is not on this computer.",
                          "Type: vagrant/box/build.sh libvirt #{File.basename(File.dirname(file))}")
      end

      def make_pool
        return if virsh("pool-info", POOL)

        virsh!("pool-define-as", POOL, "dir", "--target", "/var/lib/libvirt/images")
        virsh!("pool-build", POOL)
        virsh!("pool-start", POOL)
        virsh!("pool-autostart", POOL)
      end

      def virsh(*words)
        Shell.output("virsh", "--connect", URI, *words)
      end

      def virsh!(*words)
        Shell.output!("virsh", "--connect", URI, *words)
      end

      # Before `up` and `reload` of one machine: its seat's network, with fixed addresses.
      def before(lab, machine)
        LOCK.synchronize do
          name = "dockyard-#{lab.name}-#{machine.seat_name}"
          unless virsh("net-info", name)
            path = File.join(lab.kept, "#{name}.xml")
            FileUtils.mkdir_p(lab.kept)
            File.write(path, network_xml(name, lab, machine))
            virsh!("net-define", path)
            File.delete(path)
          end
          virsh!("net-start", name) unless virsh("net-info", name).match?(/^Active:\s+yes/)
        end
      end

      def network_xml(name, lab, machine)
        hosts = lab.seat(machine).map do |other|
          "<host mac='#{mac(other)}' name='#{other.host}' ip='#{other.address}'/>"
        end
        <<~XML
          <network>
            <name>#{name}</name>
            <forward mode='nat'/>
            <bridge stp='off' delay='0'/>
            <ip address='#{Seats.gateway(machine.seat)}' netmask='255.255.255.240'>
              <dhcp>
                #{hosts.join("\n      ")}
              </dhcp>
            </ip>
          </network>
        XML
      end
    end
  end
end
