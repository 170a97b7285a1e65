/**
 * `kubectl debug` of a pod in real containers: an ephemeral container beside its own, and a copy of it.
 */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, shellPod } from "./objects.ts";
import { Rig } from "./rig.ts";

testWith("kubectl debug looks into pods", {
  needs: ["root", "containerd", "kubectl"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    await rig.create(shellPod("web", "echo served; sleep 1001; sleep 1002"));
    await rig.ready("name=web", 1);
    const { image } = shellPod("x", "").spec.containers[0];
    const decoder = new TextDecoder();

    /** Runs a command line with kubectl in it; `input` is what somebody types, who stays until it has ended. */
    const shell = async (line: string, input = "") => {
      const child = new Deno.Command("sh", {
        args: ["-c", line],
        env: { KUBECONFIG: rig.cluster.kubeconfig, HOME: rig.cluster.dir },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(input));
      const { code, stdout, stderr } = await child.output();
      await writer.close().catch(() => {}); // nobody reads it any more
      return {
        code,
        stdout: decoder.decode(stdout),
        stderr: decoder.decode(stderr),
      };
    };
    /** Runs a command line in a terminal; each line is typed once its prompt is there. @returns all that the terminal showed */
    const typed = async (line: string, lines: [RegExp, string][]) => {
      const child = new Deno.Command("script", {
        args: ["-qec", line, "/dev/null"],
        env: { KUBECONFIG: rig.cluster.kubeconfig, HOME: rig.cluster.dir },
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      let shown = "";
      for await (const chunk of child.stdout) {
        shown += decoder.decode(chunk);
        const [next] = lines;
        if (!next?.[0].test(shown)) continue;
        lines.shift();
        await writer.write(new TextEncoder().encode(next[1]));
      }
      await writer.close().catch(() => {}); // nobody reads it any more
      await child.status;
      return shown;
    };
    const debug = (pod: string, args: string, input?: string) =>
      shell(
        `timeout 60 kubectl debug ${pod} --image=${image} --image-pull-policy=Never ${args}`,
        input,
      );
    const status = async (name: string): Promise<Any> => {
      const pod = await rig.call("GET", "/api/v1/namespaces/default/pods/web");
      return pod.status.ephemeralContainerStatuses?.find((one: Any) =>
        one.name === name
      );
    };
    const ended = (name: string) =>
      rig.until(
        `${name} has ended`,
        async () => (await status(name))?.state.terminated !== undefined,
      );

    await t.step("its input and output are kubectl's", async () => {
      const { code, stdout, stderr } = await debug(
        "web",
        "-c look -i -- sh",
        "echo from within; wc -l < /proc/net/route; exit 4\n",
      );
      assert.match(stdout, /from within\n/, `${stdout}\n${stderr}`);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /couldn't attach/);
      await ended("look");
      const { state, ready, restartCount } = await status("look");
      assert.equal(state.terminated.exitCode, 4);
      assert.deepEqual([ready, restartCount], [false, 0]);
      const logs = await shell("kubectl logs web -c look");
      assert.match(logs.stdout, /from within\n/);
    });

    await t.step("it sees its target's processes", async () => {
      const { stdout, stderr } = await debug(
        "web",
        "-c near --target=main -i -- sh",
        "echo pid $$; cat /proc/[0-9]*/cmdline | tr '\\0' ' '; exit\n",
      );
      assert.match(stdout, /sleep 1001/, `${stdout}\n${stderr}`);
      await ended("near");
    });

    await t.step("a terminal, exec, and one run only", async () => {
      const stdout = await typed(
        // In the foreground: a process group of its own would be stopped when it changes the terminal.
        `timeout --foreground 60 kubectl debug web --image=${image} --image-pull-policy=Never -c term -it -- sh`,
        [
          [/command prompt/, "\n"],
          [/# (.\[6n)?$/, "test -t 0 && echo a terminal\n"],
          [/\na terminal\r\n.*# (.\[6n)?$/s, "exit\n"],
        ],
      );
      assert.match(stdout, /\na terminal\r\n/);
      const made = await debug("web", "-c stays -- sleep 600");
      assert.equal(made.code, 0, made.stderr);
      await rig.until(
        "it runs",
        async () => (await status("stays"))?.state.running !== undefined,
      );
      const { stdout: inside } = await shell(
        "kubectl exec web -c stays -- echo inside",
      );
      assert.equal(inside, "inside\n");
      const before = (await status("stays")).containerID;
      await rig.agent.stop("SIGKILL");
      await rig.startAgent();
      await rig.until("the agent has its pods", async () => {
        const state = await rig.agentState();
        return JSON.stringify(state ?? {}).includes('"stays"');
      });
      assert.equal((await status("stays")).containerID, before);
      assert.deepEqual((await status("look")).restartCount, 0);
      assert.ok((await status("look")).state.terminated);
      await rig.ready("name=web", 1);
      const events = await rig.list("events");
      const paths = events.filter(({ reason }) => reason === "Started")
        .map(({ involvedObject }) => involvedObject.fieldPath);
      assert.equal(
        paths.filter((path) => path === "spec.ephemeralContainers{look}")
          .length,
        1,
      );
    });

    await t.step("a copy of the pod", async () => {
      const { stdout, stderr, code } = await debug(
        "web",
        "--copy-to=copy -c look -i -- sh",
        "echo from the copy; exit\n",
      );
      assert.match(stdout, /from the copy\n/, stderr);
      assert.doesNotMatch(stderr, /couldn't attach/);
      assert.equal(code, 0, stderr);
    });

    await t.step("the pod's end is theirs", async () => {
      const { code } = await shell("kubectl delete pod web copy --timeout=60s");
      assert.equal(code, 0);
    });
  },
});
