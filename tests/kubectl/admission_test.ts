import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { type KubectlRig, startRig } from "./rig.ts";

/** One server for a group of steps: each start costs a second of a slow machine. */
function kubectlTest(
  name: string,
  fn: (rig: KubectlRig) => Promise<void>,
): void {
  testWith(name, {
    needs: ["kubectl"],
    async fn() {
      await using rig = await startRig();
      await rig.ok(["create", "namespace", "demo"]);
      await fn(rig);
    },
  });
}

const lines = (text: string) =>
  text.trim().split("\n").map((line) => line.replace(/ {2,}/g, "  ").trim());

/** What kubectl says of a command that is refused. */
async function refused(
  rig: KubectlRig,
  args: readonly string[],
): Promise<string[]> {
  const { code, stderr } = await rig.run(args);
  assert.equal(code, 1, stderr);
  return lines(stderr);
}

function runPod(name: string, cpu?: string): string[] {
  const args = ["-n", "demo", "run", name, "--image=example.org/a:1"];
  if (cpu === undefined) return args;
  const container = {
    name,
    image: "example.org/a:1",
    resources: { requests: { cpu } },
  };
  const overrides = JSON.stringify({ spec: { containers: [container] } });
  return [...args, `--overrides=${overrides}`];
}

kubectlTest(
  "kubectl meets quotas, sees them used up and free again",
  async (rig) => {
    const hard = "--hard=pods=1,requests.cpu=1,count/deployments.apps=1";
    await rig.ok(["-n", "demo", "create", "quota", "q", hard]);
    const described = async () =>
      lines(await rig.ok(["-n", "demo", "describe", "quota", "q"]));
    assert.deepEqual(await described(), [
      "Name:  q",
      "Namespace:  demo",
      "Resource  Used  Hard",
      "--------  ----  ----",
      "count/deployments.apps  0  1",
      "pods  0  1",
      "requests.cpu  0  1",
    ]);
    assert.deepEqual(await refused(rig, runPod("a")), [
      'Error from server (Forbidden): pods "a" is forbidden: failed quota: q: must specify requests.cpu for: a',
    ]);
    assert.deepEqual(await refused(rig, runPod("a", "2")), [
      'Error from server (Forbidden): pods "a" is forbidden: exceeded quota: q, requested: requests.cpu=2, used: requests.cpu=0, limited: requests.cpu=1',
    ]);
    await rig.ok(runPod("a", "700m"));
    assert.deepEqual(await refused(rig, runPod("b", "1m")), [
      'Error from server (Forbidden): pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    ]);
    assert.deepEqual((await described()).slice(4), [
      "count/deployments.apps  0  1",
      "pods  1  1",
      "requests.cpu  700m  1",
    ]);
    await rig.ok(["-n", "demo", "delete", "pod", "a", "--now"]);
    await rig.ok(runPod("b", "1"));
  },
);

kubectlTest(
  "kubectl run gets the requests and limits of a LimitRange",
  async (rig) => {
    await rig.ok(["-n", "demo", "create", "-f", "-"], {
      stdin: `
apiVersion: v1
kind: LimitRange
metadata: { name: l }
spec:
  limits:
  - { type: Container, default: { cpu: 500m }, max: { cpu: "2" } }
`,
    });
    assert.deepEqual(
      lines(await rig.ok(["-n", "demo", "describe", "limitrange", "l"])).slice(
        2,
      ),
      [
        "Type  Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio",
        "----  --------  ---  ---  ---------------  -------------  -----------------------",
        "Container  cpu  -  2  500m  500m  -",
      ],
    );
    await rig.ok(runPod("a"));
    const path = "-o=jsonpath={.spec.containers[0].resources}";
    assert.deepEqual(
      JSON.parse(await rig.ok(["-n", "demo", "get", "pod", "a", path])),
      { limits: { cpu: "500m" }, requests: { cpu: "500m" } },
    );
  },
);

kubectlTest(
  "kubectl is warned and refused by a namespace's pod security",
  async (rig) => {
    const label = (text: string) =>
      rig.run([
        "label",
        "--overwrite",
        "ns",
        "demo",
        `pod-security.kubernetes.io/${text}`,
      ]);
    const violation = (name: string) =>
      `violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "${name}" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "${name}" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "${name}" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "${name}" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`;
    await label("warn=restricted");
    const warned = await rig.run(runPod("a"));
    assert.equal(warned.stdout, "pod/a created\n");
    assert.equal(warned.stderr, `Warning: would ${violation("a")}\n`);
    const enforced = await label("enforce=restricted");
    assert.equal(enforced.stdout, "namespace/demo labeled\n");
    assert.deepEqual(lines(enforced.stderr), [
      'Warning: existing pods in namespace "demo" violate the new PodSecurity enforce level "restricted:latest"',
      "Warning: a: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile",
    ]);
    assert.deepEqual(await refused(rig, runPod("b")), [
      `Error from server (Forbidden): pods "b" is forbidden: violates ${
        violation("b").replace("violate ", "")
      }`,
    ]);
    const wrong = await label("enforce=lax");
    assert.equal(
      wrong.stderr,
      'The Namespace "demo" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "lax": must be one of privileged, baseline, restricted\n',
    );
  },
);

kubectlTest(
  "kubectl runs pods in a namespace at once, and none with an account that is not there",
  async (rig) => {
    await rig.ok(["create", "namespace", "fresh"]);
    await rig.ok(["-n", "fresh", "run", "a", "--image=example.org/a:1"]);
    const account = JSON.stringify({ spec: { serviceAccountName: "robot" } });
    assert.deepEqual(
      await refused(rig, [...runPod("a"), `--overrides=${account}`]),
      [
        'Error from server (Forbidden): pods "a" is forbidden: error looking up service account demo/robot: serviceaccount "robot" not found',
      ],
    );
    assert.deepEqual(
      lines(await rig.ok(["get", "priorityclasses"])).map((line) =>
        line.split("  ").slice(0, 3)
      ),
      [
        ["NAME", "VALUE", "GLOBAL-DEFAULT"],
        ["system-cluster-critical", "2000000000", "false"],
        ["system-node-critical", "2000001000", "false"],
      ],
    );
  },
);
