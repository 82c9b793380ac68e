require "fileutils"
require_relative "../lib/key_pair"
require_relative "../lib/shell"

module Dockyard
  module Providers
    # A machine with systemd in a container, for a computer without hardware virtualisation.
    module Docker
      SECCOMP = File.expand_path("../box/seccomp.json", __dir__)
      LABEL = "dockyard=seat".freeze
      NOTE = "Container machines share this computer's kernel and are no security border: " \
             "root in one can reach it. Their disks have no size of their own.".freeze
      LOCK = Mutex.new

      module_function

      def configure(config, lab, machine, starting)
        config.vm.provider "docker" do |docker, override|
          docker.image = image(lab, machine)
          docker.name = "dockyard-#{lab.name}-#{machine.host}"
          docker.has_ssh = true
          docker.remains_running = true
          docker.stop_timeout = 30
          if starting
            docker.env = { "DOCKYARD_KEY" => KeyPair.public_key }
            docker.create_args = arguments(lab, machine)
          end
          override.vm.hostname = machine.host
          override.vm.network "forwarded_port", guest: 22, host: Seats.ssh_port(machine.address),
                                                host_ip: "127.0.0.1", id: "ssh", auto_correct: true
          override.vm.guest = machine.image[/[a-z]+/] unless machine.image.start_with?("native:")
          override.ssh.private_key_path = KeyPair.private_path
          override.ssh.insert_key = false
        end
      end

      # The image with Docker inside when it is there and of the source that the lab wants.
      def image(lab, machine)
        return machine.image.delete_prefix("native:") if machine.image.start_with?("native:")

        plain = "dockyard-machine:#{machine.image}"
        return plain unless lab.data["docker"]["source"] == "distribution"

        baked = "#{plain}-distribution"
        images.include?(baked) ? baked : plain
      end

      def images
        @images ||= Shell.output("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}",
                                 "dockyard-machine").to_s.split
      end

      # Least privileges that work, each with its reason:
      # SYS_ADMIN    systemd and the Docker inside mount file systems
      # NET_ADMIN    the Docker inside makes bridges and packet filter rules
      # apparmor     Docker's own profile forbids every mount
      # seccomp      Docker's own profile forbids keyctl, which runc needs; ours forbids what no
      #              machine needs (kernel modules, kexec, swap, tracing of the host …)
      # /proc/sys stays read-only: no machine writes this computer's kernel settings.
      #
      # That is not little: with them root in a machine can reach the host, as NOTE says.
      def arguments(lab, machine)
        cpus, memory = lab.cpus_and_memory(machine)
        %W[--network #{network(lab, machine)} --ip #{machine.address}
           --cpus #{[cpus, processors].min} --memory #{memory}m
           --cgroupns private --cap-add SYS_ADMIN --cap-add NET_ADMIN
           --security-opt apparmor=unconfined --security-opt seccomp=#{SECCOMP}
           --sysctl net.ipv4.ip_forward=1 --stop-signal SIGRTMIN+3
           --label dockyard.lab=#{lab.name} --label dockyard.clone=#{Lab::ROOT} --volume /var/lib/docker --volume /var/lib/containerd
           --volume #{resolver(lab, machine)}:/etc/resolv.conf] + hosts(lab, machine)
      end

      # Docker refuses a limit above what there is.
      def processors
        @processors ||= Shell.output!("docker", "info", "--format", "{{.NCPU}}").to_i
      end

      # Docker writes /etc/hosts anew at every start.
      def hosts(lab, machine)
        lab.seat(machine).reject { |other| other == machine }.flat_map do |other|
          %W[--add-host #{other.host}:#{other.address} --add-host #{other.name}:#{other.address}]
        end
      end

      def network(lab, machine)
        "dockyard-#{lab.name}-#{machine.seat_name}"
      end

      # In a network of its own a container's name server is 127.0.0.11, which containers inside
      # it can't reach. So each machine is given the one that Docker's default network has.
      # A file for each: whoever is root in one can write it.
      def resolver(lab, machine)
        File.join(lab.kept, "resolv.conf-#{machine.host}")
      end

      # Before `up` and `reload` of one machine.
      def before(lab, machine)
        LOCK.synchronize do
          demand_image(lab, machine)
          write_resolver(lab, machine)
          make_network(lab, machine)
        end
      end

      def demand_image(lab, machine)
        name = image(lab, machine)
        return if Shell.output("docker", "image", "inspect", "--format", "ok", name)

        raise Failure.new("The image #{name} is not on this computer.",
                          "Type: vagrant/box/build.sh docker #{machine.image}")
      end

      def write_resolver(lab, machine)
        @resolver_text ||= Shell.output!("docker", "run", "--rm", "--network", "bridge", "--entrypoint", "cat",
                                         image(lab, machine), "/etc/resolv.conf")
        FileUtils.mkdir_p(lab.kept)
        # Docker makes a folder of a file that is missing when a machine starts
        FileUtils.rm_rf(resolver(lab, machine)) if File.directory?(resolver(lab, machine))
        # written in place: a machine that runs has this very file
        File.write(resolver(lab, machine), "#{@resolver_text}\n")
      end

      def make_network(lab, machine)
        name = network(lab, machine)
        return if Shell.output("docker", "network", "inspect", "--format", "ok", name)

        Shell.output!("docker", "network", "create", "--label", LABEL, "--label", "dockyard.lab=#{lab.name}",
                      "--subnet", Seats.subnet(machine.seat), "--gateway", Seats.gateway(machine.seat), name)
      rescue Failure => error
        raise error unless error.message.include?("overlaps")

        raise Failure.new("The addresses of #{machine.seat_name} (#{Seats.subnet(machine.seat)}) are taken by " \
                          "another network: #{others(machine)}.",
                          "One lab at a time has machines on a computer: destroy the other one first.")
      end

      # Networks of labs that have this seat too.
      def others(machine)
        names = Shell.output("docker", "network", "ls", "--filter", "label=#{LABEL}", "--format", "{{.Name}}")
        names.to_s.split.grep(/-#{machine.seat_name}\z/).first || "see docker network ls"
      end

      # After `destroy`: the networks of seats that have no machine left.
      def after_destroy
        LOCK.synchronize do
          Shell.output("docker", "network", "ls", "--quiet", "--filter", "label=#{LABEL}").to_s.split.each do |id|
            users = Shell.output("docker", "ps", "--all", "--quiet", "--filter", "network=#{id}")
            Shell.output("docker", "network", "rm", id) if users == ""
          end
        end
      end
    end
  end
end
