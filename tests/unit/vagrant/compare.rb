# Reads descriptions named on standard input, one path a line; writes for each a line of
# JSON: the machines and their user data, or why it is refused.
require "json"
require_relative "../../../vagrant/lab"

$stdin.each_line(chomp: true) do |path|
  lab = Dockyard::Lab.read(path)
  machines = lab.machines.map do |machine|
    machine.to_h.merge(host: machine.host, cpus_and_memory: lab.cpus_and_memory(machine))
  end
  # the first and the last machine's text stand for all
  texts = [lab.machines.first, lab.machines.last].map { |machine| lab.user_data(machine) }
  puts JSON.generate(machines: machines, texts: texts)
rescue Dockyard::Failure => failure
  puts JSON.generate(refused: failure.message)
end
