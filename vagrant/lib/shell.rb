require "open3"
require_relative "problem"

module Dockyard
  # Programs of this computer.
  module Shell
    # What a program prints, or nil when it is not there or fails.
    def self.output(*command)
      text, _, status = Open3.capture3(*command)
      text.strip if status.success?
    rescue SystemCallError
      nil
    end

    # What a program prints. Raises Failure with what it says when it fails.
    def self.output!(*command, input: nil)
      text, errors, status = Open3.capture3(*command, stdin_data: input.to_s)
      return text.strip if status.success?

      raise Failure, "`#{command.join(" ")}` failed: #{errors.strip}"
    rescue Errno::ENOENT
      raise Failure.new("#{command.first} is not installed.", "Type: dockyard doctor")
    end
  end
end
