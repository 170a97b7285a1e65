/**
 * The configuration of our own containerd.
 *
 * Written in version 2 of containerd's format (containerd, docs/cri/config.md), which 1.6, 1.7 and 2.x all read.
 *
 * @module
 */

/** Paths and choices that go into the configuration. */
export interface ContainerdSettings {
  /** Images and containers' file systems. */
  readonly root: string;
  /** What lives as long as the containers. */
  readonly state: string;
  readonly socket: string;
  readonly runc: string;
  readonly cniBin: string;
  readonly cniConf: string;
  readonly snapshotter: "overlayfs" | "native";
  readonly sandboxImage: string;
  /** Where it is told of registries: `certs.d`. */
  readonly registryDir: string;
  /** Whether the kernel lets containers be made less likely to be killed: see `oom_score_right.ts`. */
  readonly mayLowerOomScore: boolean;
}

/** Plugins that an edge node does not need; each costs start-up time, memory or a warning. */
const DISABLED = [
  "io.containerd.internal.v1.opt", // makes /opt/containerd
  "io.containerd.internal.v1.restart", // the agent restarts containers
  "io.containerd.internal.v1.tracing",
  "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.monitor.v1.cgroups", // metrics for Prometheus only
  "io.containerd.nri.v1.nri", // opens /var/run/nri
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.blockfile",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
];

/** How often containerd measures its snapshots for image statistics; each time reads the disk. */
const SNAPSHOT_STATS_SECONDS = 300;

/** The text of config.toml. */
export function containerdConfig(settings: ContainerdSettings): string {
  // A TOML basic string is written as JSON writes one.
  const s = (text: string) => JSON.stringify(text);
  const cri = (...parts: string[]) =>
    `[plugins."io.containerd.grpc.v1.cri"${
      parts.map((p) => `.${p}`).join("")
    }]`;
  return [
    "version = 2",
    `root = ${s(settings.root)}`,
    `state = ${s(settings.state)}`,
    `disabled_plugins = ${JSON.stringify(DISABLED)}`,
    "",
    "[grpc]",
    `address = ${s(settings.socket)}`,
    "",
    "[debug]",
    `level = "warn"`,
    "",
    cri(),
    `sandbox_image = ${s(settings.sandboxImage)}`,
    // Where the right is missing, no sandbox could be started: containerd then leaves scores as low as its own.
    `restrict_oom_score_adj = ${!settings.mayLowerOomScore}`,
    "disable_tcp_service = true",
    `stream_server_address = "127.0.0.1"`,
    `stream_server_port = "0"`,
    "systemd_cgroup = false",
    "tolerate_missing_hugetlb_controller = true",
    // Network namespaces go with the state folder, and never mix with the machine's named ones.
    "netns_mounts_under_state_dir = true",
    `stats_collect_period = ${SNAPSHOT_STATS_SECONDS}`,
    "",
    cri("cni"),
    `bin_dir = ${s(settings.cniBin)}`,
    `conf_dir = ${s(settings.cniConf)}`,
    "max_conf_num = 1",
    "",
    cri("registry"),
    `config_path = ${s(settings.registryDir)}`,
    "",
    cri("containerd"),
    `snapshotter = ${s(settings.snapshotter)}`,
    `default_runtime_name = "runc"`,
    "",
    cri("containerd", "runtimes", "runc"),
    `runtime_type = "io.containerd.runc.v2"`,
    "",
    cri("containerd", "runtimes", "runc", "options"),
    `BinaryName = ${s(settings.runc)}`,
    `Root = ${s(`${settings.state}/runc`)}`,
    "SystemdCgroup = false",
    "",
  ].join("\n");
}
