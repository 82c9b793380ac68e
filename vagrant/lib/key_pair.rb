require "fileutils"
require_relative "shell"

module Dockyard
  # The key pair with which Vagrant enters the machines that are built here. It is made on
  # this computer at the first `vagrant up` and never leaves it; no box holds a key.
  module KeyPair
    PATH = File.join(File.expand_path("../..", __dir__), ".dockyard", "vagrant_key")

    def self.private_path
      make unless File.exist?(PATH)
      PATH
    end

    # As `type blob`.
    def self.public_key
      private_path
      File.read("#{PATH}.pub").split(" ").first(2).join(" ")
    end

    # Under another name first: a run that is cut off leaves no half of a pair.
    def self.make
      FileUtils.mkdir_p(File.dirname(PATH))
      draft = "#{PATH}.#{Process.pid}"
      Shell.output!("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "dockyard", "-f", draft)
      File.rename("#{draft}.pub", "#{PATH}.pub")
      File.rename(draft, PATH)
    end
    private_class_method :make
  end
end
