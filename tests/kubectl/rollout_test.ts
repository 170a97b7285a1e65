import assert from "node:assert/strict";
import { deployment, kubectlSuite } from "./suite.ts";

const app = "deployment.apps/app";

kubectlSuite("kubectl rollout", {
  async "history tells revisions and why they were made"({ ok, says }) {
    await ok(["create", "-f", "-"], { stdin: deployment() });
    const revision = (number: number) =>
      ok([
        "wait",
        `--for=jsonpath={.metadata.annotations.deployment\\.kubernetes\\.io/revision}=${number}`,
        "deployment/app",
        "--timeout=20s",
      ]);
    await revision(1);
    await ok([
      "annotate",
      "deployment",
      "app",
      "kubernetes.io/change-cause=second",
    ]);
    await ok(["set", "image", "deployment/app", "main=example.org/app:2"]);
    await revision(2);
    await ok(["annotate", "deploy", "app", "kubernetes.io/change-cause-"]);
    await ok(["set", "image", "deployment/app", "main=example.org/app:3"]);
    await revision(3);
    await says(
      "rollout history deployment/app",
      /^deployment\.apps\/app \nREVISION {2}CHANGE-CAUSE\n1 .*\n2 {9}second\n3 .*\n\n$/,
    );
    await says(
      "rollout history deployment/app --revision=2",
      /^deployment\.apps\/app with revision #2\nPod Template:\n {2}Labels:\tapp=app\n\tpod-template-hash=\w+\n[^]*Image:\texample\.org\/app:2\n/,
    );
    await says(
      "rollout history deployment/app --revision=9",
      "error: unable to find the specified revision\n",
      { code: 1 },
    );
  },
  async "undo goes back to the revision before, or to any"({ ok, says }) {
    await says(
      "rollout undo deployment/app --dry-run=server",
      `${app} rolled back (server dry run)\n`,
    );
    await says("rollout undo deployment/app", `${app} rolled back\n`);
    const image = "get deployment app -o jsonpath={..image}";
    await says(image, "example.org/app:2");
    await says(
      "rollout undo deployment/app --to-revision=1",
      `${app} rolled back\n`,
    );
    await says(image, "example.org/app:1");
    await says(
      "rollout undo deployment/app --to-revision=99",
      "error: unable to find specified revision 99 in history\n",
      { code: 1 },
    );
    await ok(["rollout", "status", "deployment/app", "--watch=false"]);
  },
  async "pause, resume and restart tell what they did"({ ok, says }) {
    await says("rollout pause deployment/app", `${app} paused\n`);
    await says(
      "rollout pause deployment/app",
      'error: deployments.apps "app" is already paused\n',
      { code: 1 },
    );
    await says(
      "rollout restart deployment/app",
      /^error: deployments\.apps "app" can't restart paused deployment \(run rollout resume first\)\n$/,
      { code: 1 },
    );
    await says(
      "rollout undo deployment/app",
      "error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again\n",
      { code: 1 },
    );
    await says("rollout resume deployment/app", `${app} resumed\n`);
    await says(
      "rollout resume deployment/app",
      'error: deployments.apps "app" is not paused\n',
      { code: 1 },
    );
    await says("rollout restart deployment/app", `${app} restarted\n`);
    assert.match(
      await ok([
        "get",
        "deployment",
        "app",
        "-o",
        "jsonpath={.spec.template.metadata.annotations}",
      ]),
      /^{"kubectl\.kubernetes\.io\/restartedAt":"\d{4}-.*"}$/,
    );
  },
  async "status waits until all replicas are there"({ ok, says }) {
    await says(
      "rollout status deployment/app --timeout=100ms",
      /^Waiting for deployment "app" rollout to finish: .*\nerror: timed out waiting for the condition\n$/,
      { code: 1 },
    );
    await ok(["delete", "deployment", "app"]);
    await ok(["create", "-f", "-"], { stdin: deployment({ replicas: 0 }) });
    await says(
      "rollout status deployment/app --timeout=20s",
      /deployment "app" successfully rolled out\n$/,
    );
  },
});
