# shellcheck shell=sh
# The container image: from packages where mmdebstrap is, else from the official image by
# a Dockerfile, which needs a registry. Sourced by build.sh.

docker_called() {
	echo "dockyard-machine:$1"
}

docker_is_there() {
	docker_works
	built=$(docker image inspect --format '{{index .Config.Labels "dockyard.recipe"}}' \
		"$(docker_called "$1")" 2>/dev/null) && [ "$built" = "$(recipe)" ]
}

docker_works() {
	have docker || fail "Docker is not installed here." \
		"Install it, or build for libvirt: vagrant/box/build.sh libvirt"
	docker version >/dev/null 2>&1 || fail "Docker is installed, but its daemon doesn't answer." \
		"Start it, or join its group (sudo usermod -aG docker \$USER) and log in again."
}

docker_build() {
	if bootstraps; then
		docker_from_packages "$(docker_called "$1")"
	else
		docker_from_image "$(docker_called "$1")"
	fi
}

docker_from_packages() {
	bootstrap "${work:?}/system.tar"
	docker import --change 'CMD ["/usr/local/lib/dockyard/container-init"]' \
		--change 'ENV container=docker' --change "LABEL dockyard=machine dockyard.recipe=$(recipe)" \
		"${work:?}/system.tar" "$1" >/dev/null
}

docker_from_image() {
	base=${BASE_IMAGE:-$(printf '%s' "${system:?}" | tr - :)}
	say "Building ${system:?} from $base; about a minute."
	lay_tree
	cp "${box:?}/setup.sh" "${box:?}/Dockerfile" "${work:?}/"
	docker build --build-arg BASE="$base" --build-arg PACKAGES="$(packages | tr , ' ')" \
		--label "dockyard.recipe=$(recipe)" --tag "$1" "${work:?}" || fail "Docker could not build $1 from $base (see above)." \
		"Is a registry in reach? On Debian and Ubuntu, mmdebstrap does without: sudo apt-get install mmdebstrap"
}

docker_remove() {
	have docker || return 0
	# the youngest first: a rehearsal's are made of these
	images=$(docker image ls --quiet --filter label=dockyard=machine 2>/dev/null | awk '!seen[$0]++')
	for image in $images; do
		docker image rm --force "$image" >/dev/null
		say "Removed image $image."
	done
}
