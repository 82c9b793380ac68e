module Dockyard
  # Vagrant asks a machine that refuses its ssh connection again at once, sixty times a second, and
  # takes the processor from the machines that boot: seconds, where they are emulated.
  module Patience
    SECONDS = 0.2

    protected

    def connect(**options)
      super
    rescue Vagrant::Errors::SSHConnectionRefused
      sleep SECONDS
      raise
    end
  end
end

require Vagrant.source_root.join("plugins/communicators/ssh/communicator")
VagrantPlugins::CommunicatorSSH::Communicator.prepend(Dockyard::Patience)
