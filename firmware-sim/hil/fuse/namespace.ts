/**
 * What runs as root in a mount namespace of its own before the driven program: mounts, binds, and lets go of /dev/fuse
 * (descriptor 3), so that the server is the only one that holds it: when it dies, every call on a file of ours fails
 * at once. The program is the first of a process namespace and dies with us, and what it started dies with it; the mount
 * namespace goes with its last process, and the mounts with that. Mounting comes before the process namespace: the
 * server is then told the process numbers of the machine.
 * Arguments: the staging folder, how many pairs of folders follow of which the first covers the second, these pairs,
 * the command. A /sys/class/gpio or /dev/i2c-1 that the machine has is covered;
 * where it has none, a tmpfs gives it a place.
 */
export const NAMESPACE_SCRIPT = `
set -e
stage=$1; pairs=$2; shift 2
while [ "$pairs" -gt 0 ]; do mount --bind "$1" "$2"; shift 2; pairs=$((pairs - 1)); done
mount -t tmpfs greengate-rig "$stage"
mkdir "$stage/fuse" "$stage/dev"
mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0,allow_other greengate-rig "$stage/fuse"
exec 3>&-
if [ ! -d /sys/class/gpio ]; then
  mount -t tmpfs greengate-rig /sys/class
  mkdir /sys/class/gpio
fi
mount --bind "$stage/fuse/gpio" /sys/class/gpio
if [ ! -e /dev/i2c-1 ]; then
  for name in null zero full random urandom tty; do
    if [ -e "/dev/$name" ]; then : > "$stage/dev/$name"; mount --bind "/dev/$name" "$stage/dev/$name"; fi
  done
  ln -s /proc/self/fd "$stage/dev/fd"
  mkdir "$stage/dev/shm" "$stage/dev/pts"
  [ ! -d /dev/pts ] || mount --rbind /dev/pts "$stage/dev/pts"
  [ ! -e /dev/ptmx ] || ln -s pts/ptmx "$stage/dev/ptmx"
  : > "$stage/dev/i2c-1"
  mount --rbind "$stage/dev" /dev
fi
mount --bind "$stage/fuse/i2c-1" /dev/i2c-1
exec setpriv --pdeathsig KILL -- unshare -p --fork --kill-child=KILL -- "$@"
`;
