require "fileutils"
require_relative "shell"

module Dockyard
  # The key pair with which Vagrant enters the machines that are built here. It is made on
  # this computer at the first `vagrant up` and never leaves it; no box holds a key.
  module KeyPair
    PATH = File.join(File.expand_path("../..", __dir__), ".dockyard", "vagrant_key")

    # What opens the machines, or nil when it is lost (Vagrant refuses a path that leads nowhere).
    def self.private_path
      PATH if File.exist?(PATH)
    end

    # As `type blob`.
    def self.public_key
      File.read("#{PATH}.pub").split(" ").first(2).join(" ")
    end

    # Before machines are made or started. A new pair would not open those that are there.
    def self.provide(existing)
      return if File.exist?(PATH)
      return make if existing.empty?

      raise Failure.new("#{PATH}, which opens #{existing.first}, is gone: nobody gets into the machines any more.",
                        "Make them anew: dockyard down local (or vagrant destroy), then up.")
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
