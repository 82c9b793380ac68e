# What `vagrant up` gives the first machine of DOCKYARD_DESCRIPTION with the docker provider,
# as JSON; its network is made, as Vagrant would have it made. Docker is where DOCKER_HOST says.
require "json"
require_relative "../../vagrant/lab"
require_relative "../../vagrant/lib/problem"
require_relative "../../vagrant/providers/docker"

lab = Dockyard::Lab.read
machine = lab.machines.first
docker = Dockyard::Providers::Docker
docker.before(lab, machine)
puts JSON.generate(
  image: docker.image(lab, machine), arguments: docker.arguments(lab, machine),
  user_data: lab.user_data(machine), kept: lab.kept
)
