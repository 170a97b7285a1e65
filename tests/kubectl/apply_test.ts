import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { type KubectlRig, startRig } from "./rig.ts";

/** A server and kubectl for some steps. */
function kubectlTest(
  name: string,
  fn: (rig: KubectlRig) => Promise<void>,
): void {
  testWith(name, {
    needs: ["kubectl"],
    async fn() {
      await using rig = await startRig();
      await fn(rig);
    },
  });
}

function unindented(text: string): string {
  return text.split("\n").map((line) => line.trimStart()).join("\n");
}

function deployment(replicas: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - { name: main, image: "example.org/web:1", ports: [{ containerPort: 80 }] }
`;
}

const SERVER_SIDE = ["apply", "--server-side", "-f", "-"];

kubectlTest(
  "kubectl apply --server-side tells conflicts and forces them",
  async (rig) => {
    const apply = (replicas: number, ...flags: string[]) =>
      rig.run([...SERVER_SIDE, ...flags], { stdin: deployment(replicas) });
    for (let i = 0; i < 2; i++) {
      const { stdout } = await apply(2);
      assert.equal(stdout, "deployment.apps/web serverside-applied\n");
    }
    const refused = await apply(3, "--field-manager=other");
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^error: Apply failed with 1 conflict: conflict with "kubectl": \.spec\.replicas\nPlease review the fields above/,
    );
    const forced = await apply(3, "--field-manager=other", "--force-conflicts");
    assert.equal(forced.stdout, "deployment.apps/web serverside-applied\n");
    await rig.ok(["scale", "deployment", "web", "--replicas=5"]);
    const scaled = await apply(2);
    assert.match(
      scaled.stderr,
      /conflict with "kubectl" with subresource "scale" using apps\/v1: \.spec\.replicas/,
    );
    const shown = await rig.ok([
      "get",
      "deployment",
      "web",
      "-o",
      "yaml",
      "--show-managed-fields",
    ]);
    const entry = [
      "f:spec:",
      "f:replicas: {}",
      "manager: kubectl",
      "operation: Update",
      "subresource: scale",
    ];
    assert(unindented(shown).includes(entry.join("\n")), shown);
    const hidden = await rig.ok(["get", "deployment", "web", "-o", "yaml"]);
    assert.doesNotMatch(hidden, /managedFields/);
  },
);

kubectlTest(
  "kubectl apply --server-side takes over what kubectl apply made",
  async (rig) => {
    const map = (value: string) =>
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"${value}"}}`;
    await rig.ok(["apply", "-f", "-"], { stdin: map("1") });
    await rig.ok(SERVER_SIDE, { stdin: map("2") });
    const shown = await rig.ok(["apply", "view-last-applied", "cm/a"]);
    assert(unindented(shown).includes('data:\nk: "2"\n'), shown);
    // And back again.
    const back = await rig.ok(["apply", "-f", "-"], { stdin: map("3") });
    assert.equal(back, "configmap/a configured\n");
  },
);

kubectlTest(
  "kubectl apply --server-side refuses fields that the type does not have",
  async (rig) => {
    const { stderr, code } = await rig.run(SERVER_SIDE, {
      stdin:
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"dat":{}}',
    });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      "Error from server: failed to create typed patch object (default/a; /v1, Kind=ConfigMap): .dat: field not declared in schema\n",
    );
  },
);

kubectlTest(
  "kubectl diff --server-side shows what an apply would change",
  async (rig) => {
    await rig.ok(SERVER_SIDE, { stdin: deployment(2) });
    const diff = await rig.run(["diff", "--server-side", "-f", "-"], {
      stdin: deployment(4),
    });
    assert.equal(diff.code, 1);
    assert.match(diff.stdout, /^- +replicas: 2\n\+ +replicas: 4$/m);
    const same = await rig.run(["diff", "--server-side", "-f", "-"], {
      stdin: deployment(2),
    });
    assert.equal(same.code, 0, same.stdout);
  },
);

kubectlTest("kubectl patch tells what is wrong with a patch", async (rig) => {
  await rig.ok(SERVER_SIDE, { stdin: deployment(2) });
  const patch = (...args: string[]) =>
    rig.run(["patch", "deployment", "web", ...args]);
  const wrong = await patch("-p", '{"spec":{"replicas":"x"}}');
  assert.equal(
    wrong.stderr,
    'The request is invalid: patch: Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32\n',
  );
  const unknown = await patch("--type=merge", "-p", '{"spec":{"replica":1}}');
  assert.equal(unknown.stderr, 'Warning: unknown field "spec.replica"\n');
  assert.equal(unknown.stdout, "deployment.apps/web patched (no change)\n");
  const test = await patch(
    "--type=json",
    "-p",
    '[{"op":"test","path":"/spec/replicas","value":9}]',
  );
  assert.equal(
    test.stderr,
    "The request is invalid: the server rejected our request due to an error in our request\n",
  );
});
