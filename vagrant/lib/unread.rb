require_relative "problem"

module Dockyard
  # Stands for a lab whose description is wrong, so that what was made of it can still be looked
  # at and destroyed: it describes no machine, and Vagrant goes by those that it has.
  class Unread
    COMMANDS = %w[destroy status].freeze

    # The lab that the block reads; this one in its place, where the command needs no more.
    def self.instead(command)
      yield
    rescue Failure => failure
      raise unless COMMANDS.include?(command)

      $stderr.puts failure.message, "  `vagrant #{command}` goes by the machines that Vagrant has."
      new
    end

    def machines
      []
    end

    def local
      {}
    end
  end
end
