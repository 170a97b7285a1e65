/** What a guest's process is like: how it ends, who it is, what it sees and may take. */
import assert from "node:assert/strict";
import { exists, LONG, podTest, sleep, until } from "./pod_rig.ts";
import { guestImage } from "./wasmtime_rig.ts";

podTest(
  "stopContainer() lets running requests finish when the guest serves HTTP",
  async (pod) => {
    await pod.run([], {
      image: guestImage("http_echo"),
      ports: [{ containerPort: 8080, protocol: "TCP" }],
      env: [{ name: "POD_NAME", value: "web" }],
    });
    const sandbox = await pod.runtime.sandboxStatus(pod.sandboxId);
    const url = `http://${sandbox?.ips[0]}:8080`;
    const ask = async (path: string) =>
      await (await fetch(url + path, { headers: { connection: "close" } }))
        .text();
    await until(() => ask("/healthz").then(() => true, () => false));
    const slow = ask("/sleep/800");
    await sleep(200);
    const stopped = pod.runtime.stopContainer(pod.id, 10_000);
    assert.equal(await slow, "hello from web, asked for /sleep/800\n");
    await stopped;
    const status = await pod.status();
    assert.equal(status.state, "exited");
    assert.equal(status.exitCode, 0);
  },
);

podTest(
  "stopContainer() kills after the grace when a request does not finish",
  async (pod) => {
    await pod.run([], {
      image: guestImage("http_echo"),
      ports: [{ containerPort: 8080, protocol: "TCP" }],
    });
    const sandbox = await pod.runtime.sandboxStatus(pod.sandboxId);
    const url = `http://${sandbox?.ips[0]}:8080`;
    await until(() =>
      fetch(`${url}/healthz`).then(async (r) => !!await r.text(), () => false)
    );
    const hanging = fetch(`${url}/sleep/600000`).catch(() => "broken");
    await sleep(200);
    await pod.runtime.stopContainer(pod.id, 300);
    assert.equal((await pod.status()).exitCode, 137);
    assert.equal(await hanging, "broken");
  },
);

podTest(
  "guest runs as nobody without capabilities, or as the Pod's user",
  async (pod) => {
    await pod.run(["sleep", LONG], {
      security: {
        privileged: false,
        runAsUser: 4711,
        runAsGroup: 4712,
        supplementalGroups: [4713],
        readOnlyRootFilesystem: false,
        capabilitiesAdd: [],
        capabilitiesDrop: [],
      },
    });
    const guest = (await pod.state())[3];
    let status = "";
    await until(async () => {
      status = await Deno.readTextFile(`/proc/${guest}/status`);
      return /Uid:\t4711/.test(status);
    });
    assert.match(status, /Uid:\t4711\t4711\t4711\t4711/);
    assert.match(status, /Gid:\t4712\t4712/);
    assert.match(status, /Groups:\t4713/);
    assert.match(status, /CapBnd:\t0000000000000000/);
    assert.match(status, /NoNewPrivs:\t1/);
  },
  ["root"],
);

podTest(
  "guest gets its environment, and nobody else on the machine can read a value of it",
  async (pod) => {
    const secret = "pa55-" + crypto.randomUUID();
    await pod.run(["env", "sleep", LONG], {
      env: [
        { name: "PASSWORD", value: secret },
        { name: "tls.key", value: `--- ${secret}\n'more' $(id)` },
        { name: "UID", value: secret },
        { name: "LD_PRELOAD", value: "/no/such/library.so" },
        { name: "RUST_LOG", value: "trace" },
      ],
    });
    await until(async () =>
      (await pod.lines()).some((l) => /RUST_LOG/.test(l))
    );
    const lines = await pod.lines();
    assert.deepEqual(
      lines.sort(),
      [
        "'more' $(id)",
        "LD_PRELOAD=/no/such/library.so",
        `PASSWORD=${secret}`,
        "RUST_LOG=trace",
        `UID=${secret}`,
        `tls.key=--- ${secret}`,
      ].sort(),
    );
    const guest = Number((await pod.state())[3]);
    for await (const { name: pid } of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      const read = (name: string) =>
        Deno.readTextFile(`/proc/${pid}/${name}`).catch(() => "");
      assert.ok(!(await read("cmdline")).includes(secret), `process ${pid}`);
      const environ = await read("environ");
      assert.equal(environ.includes(secret), Number(pid) === guest, pid);
      assert.ok(!environ.includes("/no/such/library.so"), `process ${pid}`);
    }
    const own = `${pod.rig.folder}/wasmtime/containers/${pod.id}`;
    for (const name of ["env", "container.json"]) {
      const { mode } = await Deno.stat(`${own}/${name}`);
      assert.equal((mode ?? 0) & 0o077, 0, name);
    }
  },
);

podTest(
  "mounts are read-only when the Pod says so, and single files can be mounted",
  async (pod) => {
    const data = `${pod.rig.folder}/secret data`;
    await Deno.mkdir(data);
    await Deno.chmod(data, 0o777);
    await Deno.writeTextFile(`${data}/file`, "content\n");
    // Nobody else may enter the folders above: the guest's user need not.
    await Deno.chmod(pod.rig.folder, 0o700);
    await pod.run(
      [
        "read",
        "/a/file",
        "write",
        "/b/new",
        "hello",
        "read",
        "/etc/one",
        "write",
        "/a/new",
        "x",
      ],
      {
        mounts: [
          { hostPath: data, containerPath: "/a", readOnly: true },
          { hostPath: data, containerPath: "/b", readOnly: false },
          {
            hostPath: `${data}/file`,
            containerPath: "/etc/one",
            readOnly: true,
          },
        ],
      },
    );
    const status = await pod.ended();
    assert.deepEqual(await pod.lines(), ["content", "content"]);
    assert.equal(status.exitCode, 3, "the last write was refused");
    assert.equal(await Deno.readTextFile(`${data}/new`), "hello\n");
    assert.ok(
      !(await Deno.readTextFile("/proc/self/mountinfo")).includes("secret"),
    );
  },
  ["root"],
);

podTest(
  "no volume takes the place of what is run as native code",
  async (pod) => {
    const data = `${pod.rig.folder}/data`;
    await Deno.mkdir(data);
    await Deno.writeTextFile(`${data}/module.cwasm`, "code");
    for (
      const [hostPath, containerPath] of [
        [data, "/.wherry"],
        [data, "/x/../.wherry/"],
        [data, "/.wherry/deep"],
        [`${data}/module.cwasm`, "/.wherry/module.cwasm"],
      ] as const
    ) {
      await assert.rejects(
        pod.run(["print", "x"], {
          mounts: [{ hostPath, containerPath, readOnly: false }],
        }),
        /the engine itself needs that place/,
      );
    }
  },
  ["root"],
);

podTest("limits are written into the guest's own cgroup", async (pod) => {
  await pod.run(["sleep", LONG], {
    resources: {
      cpuQuota: 20_000,
      cpuPeriod: 100_000,
      memoryLimitBytes: 64 * 1024 * 1024,
    },
  });
  const guest = (await pod.state())[3];
  let groups = "";
  await until(async () => {
    groups = await Deno.readTextFile(`/proc/${guest}/cgroup`);
    return groups.includes(pod.id);
  });
  const root = "/sys/fs/cgroup";
  const path = (controller: string) =>
    new RegExp(`^\\d+:${controller}:(.*${pod.id})$`, "m").exec(groups)?.[1];
  const read = async (path: string) => (await Deno.readTextFile(path)).trim();
  if (await exists(`${root}/cgroup.controllers`)) {
    assert.equal(await read(`${root}${path("")}/memory.max`), "67108864");
    assert.equal(await read(`${root}${path("")}/cpu.max`), "20000 100000");
  } else {
    assert.equal(
      await read(`${root}/memory${path("memory")}/memory.limit_in_bytes`),
      "67108864",
    );
    assert.equal(
      await read(`${root}/cpu${path("cpu")}/cpu.cfs_quota_us`),
      "20000",
    );
  }
}, ["root"]);

podTest(
  "a pod on the machine's network has no address and no namespace of its own",
  async (pod) => {
    await pod.run(["sleep", LONG], {}, { hostNetwork: true });
    assert.deepEqual((await pod.runtime.sandboxStatus(pod.sandboxId))?.ips, []);
    const guest = (await pod.state())[3];
    assert.equal(
      await Deno.readLink(`/proc/${guest}/ns/net`),
      await Deno.readLink("/proc/self/ns/net"),
    );
  },
  ["root"],
);

podTest("names are looked up where the pod's DNS settings say", async (pod) => {
  await pod.run(["sleep", LONG], {}, {
    dns: {
      servers: ["10.43.0.10"],
      searches: ["default.svc.cluster.local", "cluster.local"],
      options: ["ndots:5"],
    },
  });
  const guest = (await pod.state())[3];
  // What the engine's process sees, through its own mount namespace.
  await until(async () =>
    await Deno.readTextFile(`/proc/${guest}/root/etc/resolv.conf`) ===
      "nameserver 10.43.0.10\nsearch default.svc.cluster.local cluster.local\noptions ndots:5\n"
  );
  assert.ok(
    !(await Deno.readTextFile("/etc/resolv.conf")).includes("10.43.0.10"),
  );
}, ["root"]);
