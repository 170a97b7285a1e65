/** What the processes of real containers may, and whom they are. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { eventsOf, said, shellPod, waitsFor } from "./config_pods.ts";

/** The capabilities that containerd gives to everybody. */
const USUAL = "00000000a80425fb";
const NET_BIND_SERVICE = "0000000000000400";

const STATUS = (...names: string[]) =>
  `grep -E '^(${names.join("|")}):' /proc/self/status | tr -d '\\t'`;

/** Lets everything through but making folders. */
const NO_FOLDERS = JSON.stringify({
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }],
});

Deno.test({
  name: "security contexts reach the processes of containers",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    await using rig = await Rig.open({
      images: ["busybox"],
      agentArgs: ["--allowed-unsafe-sysctls", "net.core.somax*"],
    });
    const profiles = join(rig.cluster.dir, "agent", "seccomp");
    await Deno.mkdir(profiles, { recursive: true });
    await Deno.writeTextFile(join(profiles, "no_folders.json"), NO_FOLDERS);

    await t.step("users and groups", async () => {
      const script = "id -u; id -g; id -G";
      const lines = await said(
        rig,
        shellPod("user", {
          script,
          spec: {
            securityContext: {
              runAsUser: 1000,
              runAsGroup: 3000,
              fsGroup: 2000,
              supplementalGroups: [4000],
            },
          },
        }),
        shellPod("own-user", {
          script,
          container: { securityContext: { runAsUser: 1001 } },
          spec: { securityContext: { runAsUser: 1000, runAsNonRoot: true } },
        }),
        shellPod("group", {
          script,
          spec: { securityContext: { runAsGroup: 3000 } },
        }),
      );
      assert.deepEqual(lines, [
        ["1000", "3000", "3000 2000 4000"],
        ["1001", "0", "0"],
        ["0", "3000", "3000"],
      ]);
    });

    await t.step("an image that runs as root is no non-root user", async () => {
      await rig.create(shellPod("non-root", {
        spec: { securityContext: { runAsNonRoot: true } },
      }));
      const text = await waitsFor(
        rig,
        "non-root",
        "CreateContainerConfigError",
      );
      const { uid } = (await rig.get("pods", "non-root")).metadata;
      assert.equal(
        text,
        `container has runAsNonRoot and image will run as root (pod: "non-root_default(${uid})", container: app)`,
      );
      assert.ok(
        (await eventsOf(rig, "non-root")).includes(`Failed: Error: ${text}`),
      );
    });

    await t.step("capabilities and new privileges", async () => {
      const script = STATUS("CapEff", "NoNewPrivs");
      const lines = await said(
        rig,
        shellPod("usual", { script }),
        shellPod("few", {
          script,
          container: {
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
            },
          },
        }),
      );
      assert.deepEqual(lines, [
        [`CapEff:${USUAL}`, "NoNewPrivs:0"],
        [`CapEff:${NET_BIND_SERVICE}`, "NoNewPrivs:1"],
      ]);
    });

    await t.step("system calls", async () => {
      const script = `${STATUS("Seccomp")}; mkdir /x 2>&1`;
      const pod = (name: string, seccompProfile: unknown) =>
        shellPod(name, {
          script,
          spec: { securityContext: { seccompProfile } },
        });
      const [none, usual, own] = await said(
        rig,
        shellPod("no-profile", { script }),
        pod("runtime-default", { type: "RuntimeDefault" }),
        pod("localhost", {
          type: "Localhost",
          localhostProfile: "no_folders.json",
        }),
      );
      assert.deepEqual(none, ["Seccomp:0"]);
      assert.deepEqual(usual, ["Seccomp:2"]);
      assert.equal(own?.[0], "Seccomp:2");
      assert.match(own?.[1] ?? "", /not permitted/);
    });

    await t.step("the root file system", async () => {
      const [lines] = await said(
        rig,
        shellPod("read-only", {
          script: "touch /x 2>&1",
          container: { securityContext: { readOnlyRootFilesystem: true } },
        }),
      );
      assert.match(lines?.[0] ?? "", /Read-only file system/);
    });

    await t.step("what is hidden, and shown to the privileged", async () => {
      const script = [
        "cat /proc/keys | wc -l",
        "(echo 1 > /proc/sys/kernel/panic_on_oops) 2>/dev/null && echo writes",
        "ls /dev | grep -c tty",
      ].join("; ");
      const [usual, privileged] = await said(
        rig,
        shellPod("masked", { script }),
        shellPod("privileged", {
          script: `${script.replace("(echo 1", "(true")}; ${STATUS("Seccomp")}`,
          container: { securityContext: { privileged: true } },
        }),
      );
      assert.equal(usual?.[0], "0");
      assert.ok(!usual?.includes("writes"));
      assert.ok(privileged?.includes("writes"));
      // A container has /dev/tty alone, the machine has more.
      assert.equal(usual?.at(-1), "1");
      assert.ok(Number(privileged?.at(-2)) > 1);
      assert.equal(privileged?.at(-1), "Seccomp:0");
    });

    await t.step("kernel parameters", async () => {
      const pod = (name: string, sysctl: string, value: string) =>
        shellPod(name, {
          script: `cat /proc/sys/${sysctl.replaceAll(".", "/")}`,
          spec: { securityContext: { sysctls: [{ name: sysctl, value }] } },
        });
      const lines = await said(
        rig,
        pod("safe", "net.ipv4.ip_local_port_range", "2000 3000"),
        pod("allowed", "net.core.somaxconn", "77"),
      );
      assert.deepEqual(lines, [["2000\t3000"], ["77"]]);
      await rig.create(pod("unsafe", "kernel.msgmax", "100"));
      await rig.until("unsafe is refused", async () => {
        const { status } = await rig.get("pods", "unsafe");
        return status.phase === "Failed";
      });
      const { status } = await rig.get("pods", "unsafe");
      assert.equal(status.reason, "SysctlForbidden");
      assert.equal(
        status.message,
        'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted',
      );
    });

    await t.step("what this node cannot do is refused in words", async () => {
      await rig.create(shellPod("own-users", { spec: { hostUsers: false } }));
      await rig.until(
        "own-users is told why",
        async () =>
          (await eventsOf(rig, "own-users")).includes(
            "FailedCreatePodSandBox: Failed to create pod sandbox: can't set `spec.hostUsers: false`, runtime does not support user namespaces",
          ),
      );
      const hasAppArmor = await Deno.readTextFile(
        "/sys/module/apparmor/parameters/enabled",
      ).then((text) => text.startsWith("Y"), () => false);
      await rig.create(shellPod("app-armor", {
        spec: {
          securityContext: { appArmorProfile: { type: "RuntimeDefault" } },
        },
      }));
      await rig.until("app-armor is confined or refused", async () => {
        const { status } = await rig.get("pods", "app-armor");
        return hasAppArmor
          ? status.phase === "Running"
          : status.reason === "AppArmor";
      });
    });
  },
});
