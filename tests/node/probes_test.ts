/** Probes of real containers, as their owner sees them: conditions, restarts, events, metrics. */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, guest, shellPod } from "../e2e/objects.ts";
import { isReady, Rig } from "../e2e/rig.ts";

/** Answers HTTP by what stands in /state: `ok`, `away` (a redirect to elsewhere) or anything else. */
const HTTP = `
cat >/answer <<'END'
read -r _
case $(cat /state) in
  ok) printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok' ;;
  away) printf 'HTTP/1.1 302 Found\\r\\nLocation: http://192.0.2.1/\\r\\nContent-Length: 4\\r\\n\\r\\nthere' ;;
  *) printf 'HTTP/1.1 503 Busy\\r\\nContent-Length: 0\\r\\n\\r\\n' ;;
esac
END
echo ok >/state
exec nc -ll -p 8080 -e sh /answer
`;

testWith("probes of real containers", {
  needs: ["root", "containerd"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const kubectl = async (...args: string[]) => {
      const { code, stdout, stderr } = await rig.cluster.wherry(...args);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    /** What events about a pod say: `Unhealthy: Readiness probe failed: …`. */
    const events = async (name: string): Promise<string[]> =>
      (await rig.list("events"))
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ reason, message }) => `${reason}: ${message}`);
    const told = (name: string, pattern: RegExp) =>
      rig.until(
        `an event of ${name} says ${pattern}`,
        async () => (await events(name)).some((line) => pattern.test(line)),
      );
    const status = async (name: string): Promise<Any> =>
      (await rig.get("pods", name)).status.containerStatuses[0];
    const setState = (state: string) =>
      kubectl("exec", "web", "--", "sh", "-c", `echo ${state} >/state`);
    const becomes = (name: string, ready: boolean) =>
      rig.until(
        `${name} is ${ready ? "" : "not "}ready`,
        async () => isReady(await rig.get("pods", name)) === ready,
      );

    await rig.create(
      shellPod("web", HTTP, {
        container: {
          ports: [{ name: "http", containerPort: 8080 }],
          readinessProbe: {
            httpGet: { path: "/", port: "http" },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        },
      }),
      shellPod("sick", "sleep 3; echo >/sick; exec sleep 1001", {
        terminationGracePeriodSeconds: 600,
        container: {
          livenessProbe: {
            exec: {
              command: [
                "sh",
                "-c",
                "[ ! -e /sick ] || { echo am sick; exit 3; }",
              ],
            },
            periodSeconds: 1,
            failureThreshold: 2,
            // The pod's own would hold the restart back for ten minutes.
            terminationGracePeriodSeconds: 1,
          },
        },
      }),
      shellPod("slow", "sleep 4; exec nc -ll -p 8081 -e cat", {
        container: {
          startupProbe: {
            tcpSocket: { port: 8081 },
            periodSeconds: 1,
            failureThreshold: 60,
          },
          livenessProbe: {
            tcpSocket: { port: 8081 },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        },
      }),
      shellPod("host", "exec nc -ll -p 18082 -e cat", {
        hostNetwork: true,
        container: {
          readinessProbe: { tcpSocket: { port: 18082 }, periodSeconds: 1 },
        },
      }),
      shellPod("beside", "exec sleep 1002", {
        initContainers: [{
          ...shellPod("x", "echo >/up; exec sleep 1003").spec.containers[0],
          name: "sidecar",
          restartPolicy: "Always",
          startupProbe: {
            exec: { command: ["sh", "-c", "[ -e /up ]"] },
            periodSeconds: 1,
          },
        }],
      }),
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "module", labels: { name: "module" } },
        spec: {
          runtimeClassName: "wasmtime",
          terminationGracePeriodSeconds: 1,
          containers: [{
            name: "main",
            image: guest("exerciser"),
            args: ["sleep", "600000"],
            readinessProbe: {
              exec: { command: ["true"] },
              periodSeconds: 1,
            },
          }],
        },
      },
    );

    await t.step(
      "readiness follows what an HTTP server answers; a redirect elsewhere is a warning",
      async () => {
        await becomes("web", true);
        await setState("busy");
        await becomes("web", false);
        await told(
          "web",
          /^Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503$/,
        );
        await setState("away");
        await becomes("web", true);
        await told(
          "web",
          /^ProbeWarning: Readiness probe warning: Probe terminated redirects, Response body: ther$/,
        );
        assert.equal((await status("web")).restartCount, 0);
      },
    );

    await t.step(
      "liveness restarts with the probe's own grace, and says why",
      async () => {
        await rig.until(
          "sick was restarted",
          async () => (await status("sick"))?.restartCount >= 1,
        );
        await told("sick", /^Unhealthy: Liveness probe failed: am sick\n$/);
        await told(
          "sick",
          /^Killing: Container main failed liveness probe, will be restarted$/,
        );
        assert.equal((await status("sick")).lastState.terminated.exitCode, 137);
      },
    );

    await t.step("startup holds liveness back", async () => {
      await becomes("slow", true);
      const { restartCount, started } = await status("slow");
      assert.deepEqual([restartCount, started], [0, true]);
      await told(
        "slow",
        /^Unhealthy: Startup probe failed: dial tcp 10\.42\.\S+:8081: connect: connection refused$/,
      );
    });

    await t.step(
      "a pod on the node's network is asked at the node's address",
      () => becomes("host", true),
    );

    await t.step(
      "a sidecar's startup probe lets the pod go on",
      () => becomes("beside", true),
    );

    await t.step(
      "a module has nothing that a command could be run in",
      async () => {
        await told(
          "module",
          /^Unhealthy: Readiness probe errored and resulted in unknown state: .*exec/i,
        );
        await becomes("module", false);
        assert.equal((await status("module")).restartCount, 0);
      },
    );

    await t.step("/metrics/probes counts them", async () => {
      const [node] = (await rig.call("GET", "/api/v1/nodes")).items;
      const text = await rig.text(
        `/api/v1/nodes/${node.metadata.name}/proxy/metrics/probes`,
      );
      const web =
        `container="main",namespace="default",pod="web",pod_uid="[^"]+",probe_type="Readiness"`;
      for (const result of ["successful", "failed"]) {
        assert.match(
          text,
          new RegExp(
            `^prober_probe_total\\{${web},result="${result}"\\} [1-9]`,
            "m",
          ),
        );
      }
      assert.match(
        text,
        /^prober_probe_duration_seconds_bucket\{container="main",namespace="default",pod="web",probe_type="Readiness",le="\+Inf"\} [1-9]/m,
      );
    });
  },
});
