module Dockyard
  # One machine of one seat: `address` is private, `disk` in GB.
  Machine = Struct.new(:seat, :name, :address, :size, :image, :disk, keyword_init: true) do
    # Unique in the lab, and Vagrant's name of it: `seat01-node1`.
    def host
      "#{seat_name}-#{name}"
    end

    def seat_name
      format("seat%02d", seat)
    end

    # [CPUs, memory in MiB]
    def cpus_and_memory(sizes)
      sizes.fetch(size) { size.delete_prefix("native:") }.split("x").map(&:to_i)
    end
  end

  # From a description to machines and addresses; the twin of dockyard/seats.py, where the
  # ranges are explained.
  module Seats
    BLOCK = 16
    FIRST_HOST = 4

    def self.machines(lab)
      kinds = lab["machines"].flat_map { |kind| (1..kind["count"]).map { |number| [kind, number] } }
      (1..lab["students"] + lab["spare"]).flat_map do |seat|
        kinds.each_with_index.map do |(kind, number), index|
          Machine.new(seat: seat, name: "#{kind["name"]}#{number}", address: address(seat, FIRST_HOST + index),
                      size: kind["size"], image: kind["image"], disk: kind["disk"])
        end
      end
    end

    def self.address(seat, host)
      number = seat * BLOCK + host
      "10.77.#{number / 256}.#{number % 256}"
    end

    # Where this computer reaches a machine's ssh: a port of its own for each. Machines that are
    # made in parallel would take the same free one, and the second then fail.
    def self.ssh_port(address)
      third, fourth = address.split(".").last(2).map(&:to_i)
      22_000 + (third * 256) + fourth
    end

    # The seat's own block, and the address of this computer in it.
    def self.subnet(seat)
      "#{address(seat, 0)}/28"
    end

    def self.gateway(seat)
      address(seat, 1)
    end
  end
end
