/** Static pods on real containers: a folder, the agent's socket, mirrors; with a server, and on a node that never had one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { foundTools, isMet, testWith } from "../../src/testing/needs.ts";
import { BUSYBOX_IMAGE, makeImage } from "../../tools/make_image.ts";
import type { Any } from "../e2e/objects.ts";
import { isReady, Rig } from "../e2e/rig.ts";
import { runCommand, TestCluster } from "../support/cluster.ts";

const MIRROR = "kubernetes.io/config.mirror";

/** A pod that serves a word on port 8080. */
function manifest(name: string, word: string, more: Any = {}): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  terminationGracePeriodSeconds: 2
  containers:
  - name: app
    image: ${BUSYBOX_IMAGE}
    command: [sh, -c, "echo ${word}; trap 'exit 0' TERM; while :; do sleep 0.1; done"]
    volumeMounts: [{name: work, mountPath: /work}]
  volumes: [{name: work, emptyDir: {}}]
  ${more.hostNetwork ? "hostNetwork: true" : ""}
`;
}

testWith(
  "static pods of a folder run, change and end, with mirrors that follow",
  {
    needs: ["containerd"],
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      const folder = await Deno.makeTempDir({ prefix: "wherry-manifests-" });
      await using stack = new AsyncDisposableStack();
      stack.defer(() => Deno.remove(folder, { recursive: true }));
      const rig = stack.use(
        await Rig.open({
          images: ["busybox"],
          agentArgs: ["--pod-manifest-path", folder],
        }),
      );
      const write = async (name: string, text: string) => {
        await Deno.writeTextFile(join(folder, `.${name}.tmp`), text);
        await Deno.rename(join(folder, `.${name}.tmp`), join(folder, name));
      };
      const mirror = async (name: string, isSo: (pod: Any) => boolean) => {
        let found: Any;
        await rig.until(`the mirror ${name} is so`, async () => {
          found = await rig.get("pods", name);
          return found.kind === "Pod" && isSo(found);
        });
        return found;
      };
      const says = (word: string) =>
        rig.until(`it says "${word}"`, async () => {
          const { stdout } = await rig.cluster.wherry("logs", "web-n1");
          return stdout === `${word}\n`;
        });
      let first: Any;

      await t.step("they run and are seen", async () => {
        await write("web.yaml", manifest("web", "one"));
        await write(
          "host.yaml",
          manifest("host", "own", { hostNetwork: true }),
        );
        await write("broken.yaml", "kind: [");
        first = await mirror("web-n1", isReady);
        const host = await mirror("host-n1", isReady);
        assert.match(first.status.podIP, /^10\.42\./);
        assert.equal(host.status.podIP, host.status.hostIP);
        assert.equal(
          first.metadata.annotations["kubernetes.io/config.source"],
          "file",
        );
        assert.deepEqual(
          first.metadata.ownerReferences.map((
            { kind, name }: Any,
          ) => [kind, name]),
          [["Node", "n1"]],
        );
        assert.match(
          await rig.cluster.log("agent"),
          /Could not use a manifest.*broken\.yaml/,
        );
      });

      await t.step("logs and exec go by the mirror's name", async () => {
        await says("one");
        const exec = await rig.cluster.wherry(
          "exec",
          "web-n1",
          "--",
          "hostname",
        );
        assert.equal(exec.stdout, "web-n1\n", exec.stderr);
      });

      await t.step("its events are told of the mirror", async () => {
        await rig.until("describe shows them", async () => {
          const { stdout } = await rig.cluster.wherry(
            "describe",
            "pod",
            "web-n1",
          );
          return /Started .* Container started/.test(stdout);
        });
      });

      await t.step("who deletes the mirror stops nothing", async () => {
        await rig.call("DELETE", "/api/v1/namespaces/default/pods/web-n1");
        const again = await mirror(
          "web-n1",
          (pod) => pod.metadata.uid !== first.metadata.uid && isReady(pod),
        );
        assert.equal(
          again.status.containerStatuses[0].containerID,
          first.status.containerStatuses[0].containerID,
        );
        assert.equal(again.status.startTime, first.status.startTime);
      });

      await t.step({
        name: "drain leaves static pods alone",
        ignore: !isMet("kubectl"),
        fn: async () => {
          const { code, stdout, stderr } = await rig.cluster.kubectl(
            "drain",
            "n1",
            "--timeout=60s",
          );
          assert.equal(code, 0, stdout + stderr);
          await rig.cluster.kubectl("uncordon", "n1");
          assert.ok(isReady(await rig.get("pods", "web-n1")));
        },
      });

      await t.step(
        "another manifest is another pod, after the one before",
        async () => {
          await write("web.yaml", manifest("web", "two"));
          const next = await mirror(
            "web-n1",
            (pod) =>
              pod.metadata.annotations[MIRROR] !==
                first.metadata.annotations[MIRROR] &&
              isReady(pod),
          );
          assert.notEqual(
            next.status.containerStatuses[0].containerID,
            first.status.containerStatuses[0].containerID,
          );
          await says("two");
        },
      );

      await t.step("an agent that starts again takes them over", async () => {
        const before = await rig.get("pods", "web-n1");
        await rig.agent.stop("SIGKILL");
        await Deno.remove(join(folder, "host.yaml"));
        await rig.startAgent();
        await rig.until(
          "the pod without a manifest is gone",
          async () => (await rig.get("pods", "host-n1")).kind === "Status",
        );
        const after = await rig.get("pods", "web-n1");
        assert.ok(isReady(after));
        assert.equal(
          after.status.containerStatuses[0].containerID,
          before.status.containerStatuses[0].containerID,
        );
      });

      await t.step(
        "mirrors go with their Node; the pods stay, and are shown again",
        async () => {
          const before = await rig.get("pods", "web-n1");
          await rig.call("DELETE", "/api/v1/nodes/n1");
          await rig.until(
            "the mirror is gone",
            async () => (await rig.get("pods", "web-n1")).kind === "Status",
          );
          // As with kubelet, a Node that was deleted comes back with the agent's next start.
          await rig.agent.stop();
          await rig.startAgent();
          const after = await mirror("web-n1", isReady);
          assert.notEqual(after.metadata.uid, before.metadata.uid);
          assert.equal(
            after.status.containerStatuses[0].containerID,
            before.status.containerStatuses[0].containerID,
          );
        },
      );

      await t.step("a pod is gone with its manifest", async () => {
        await Deno.remove(join(folder, "web.yaml"));
        await rig.until(
          "the mirror is gone",
          async () => (await rig.get("pods", "web-n1")).kind === "Status",
        );
      });
    },
  },
);

testWith(
  "a node that never had a server runs its manifests, also after a restart",
  {
    needs: ["containerd"],
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using cluster = await TestCluster.make();
      const folder = join(cluster.dir, "manifests");
      await Deno.mkdir(folder);
      const args = ["--pod-manifest-path", folder];
      const archive = join(cluster.dir, "busybox.tar");
      await Deno.writeFile(
        archive,
        await makeImage("busybox", String(foundTools()["busybox"])),
      );
      const socket = join(cluster.dir, "agent/agent.sock");
      const ask = async (...args: string[]) => {
        const { code, stdout } = await runCommand("curl", [
          "-sf",
          "--unix-socket",
          socket,
          ...args,
        ]);
        return code === 0 ? stdout : undefined;
      };
      const ready = async (...names: string[]) => {
        let found: Any[] = [];
        await cluster.until(`${names} run`, async () => {
          found = JSON.parse(await ask("http://agent/pods") ?? '{"items":[]}')
            .items;
          return found.length === names.length && found.every(isReady);
        });
        assert.deepEqual(
          found.map(({ metadata }) => metadata.name).sort(),
          names,
        );
        return found.map(({ status }) =>
          status.containerStatuses[0].containerID
        )
          .sort();
      };
      await Deno.writeTextFile(
        join(folder, "web.yaml"),
        manifest("web", "one"),
      );
      let agent = await cluster.startAgent({ args, wait: false });
      await cluster.until(
        "the image is there",
        async () =>
          (await cluster.wherry("image", "import", archive)).code === 0,
      );
      await ready("web-n1");
      const put = await ask(
        ...["-X", "POST", "--data-binary", manifest("put", "two")],
        "http://agent/manifests",
      );
      assert.equal(JSON.parse(put!).metadata.name, "put-n1");
      const before = await ready("put-n1", "web-n1");
      assert.equal(await agent.stop(), 0);
      agent = await cluster.startAgent({ args, wait: false });
      assert.deepEqual(await ready("put-n1", "web-n1"), before);
      // Ends with its pods.
      await agent.stop();
      agent = await cluster.startAgent({
        args: [...args, "--stop-pods-on-exit"],
        wait: false,
      });
      assert.deepEqual(await ready("put-n1", "web-n1"), before);
      assert.equal(await agent.stop(), 0);
    },
  },
);
