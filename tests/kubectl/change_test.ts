import assert from "node:assert/strict";
import { deployment, kubectlSuite, plain } from "./suite.ts";

/** An editor that replaces one text by another in the file it is given. */
const editor = (from: string, to: string) =>
  `#!/bin/sh\nsed -i 's#${from}#${to}#' "$1"\n`;

kubectlSuite("kubectl changes objects", {
  async "edit sends what an editor left"({ file, ok, says }) {
    await file("v2", editor("app:1", "app:2"), { executable: true });
    await file("v3", editor("app:2", "app:3"), { executable: true });
    await file("bad", editor("replicas: 1", "replicas: -1"), {
      executable: true,
    });
    await file("nothing", "#!/bin/sh\n", { executable: true });
    await ok(["create", "-f", "-"], { stdin: deployment() });
    await ok(["expose", "deployment", "app", "--port=80"]);
    await says("edit deployment app", "deployment.apps/app edited\n", {
      editor: "v2",
    });
    await says("edit deployment app", "Edit cancelled, no changes made.\n", {
      editor: "nothing",
    });
    await says(
      "edit deployment app",
      /^error: deployments\.apps "app" is invalid\nA copy of your changes has been stored to ".*"\nerror: Edit cancelled, no valid changes were saved\.\n$/,
      { editor: "bad", code: 1 },
    );
    // Two objects are one List in the file; kubectl checks it by OpenAPI v2.
    await says(
      "edit service/app deployment/app",
      "service/app skipped\ndeployment.apps/app edited\n",
      { editor: "v3" },
    );
    await says("get deployment app -o jsonpath={..image}", "example.org/app:3");
    await file(
      "status",
      editor("unavailableReplicas: .*", "readyReplicas: 0"),
      {
        executable: true,
      },
    );
    await says(
      "edit deployment app --subresource=status",
      "deployment.apps/app edited\n",
      { editor: "status" },
    );
  },
  async "set changes one thing of a template"({ ok, says }) {
    const app = "deployment.apps/app";
    await ok(["create", "serviceaccount", "robot"]);
    await says("set image deploy/app main=a:2", `${app} image updated\n`);
    await says("set env deploy/app A=b", `${app} env updated\n`);
    await says(
      "set env deploy/app --list",
      "# Deployment app, container main\nA=b\n",
    );
    await says("set env deploy/app A-", `${app} env updated\n`);
    await ok(["create", "configmap", "settings", "--from-literal=port=1"]);
    await says(
      "set env deploy/app --from=configmap/settings --prefix=P_",
      /^deployment\.apps\/app env updated\n/m,
    );
    await says(
      "set resources deploy app --limits=cpu=1 --requests=cpu=500m",
      `${app} resource requirements updated\n`,
    );
    await says(
      "set serviceaccount deploy app robot",
      `${app} serviceaccount updated\n`,
    );
    const template = JSON.parse(
      await ok([
        "get",
        "deploy",
        "app",
        "-o",
        "jsonpath={.spec.template.spec}",
      ]),
    );
    assert.equal(template.serviceAccountName, "robot");
    const { image, env, resources } = template.containers[0];
    assert.deepEqual({ image, env, resources }, {
      image: "a:2",
      env: [{
        name: "P_PORT",
        valueFrom: { configMapKeyRef: { key: "port", name: "settings" } },
      }],
      resources: { limits: { cpu: "1" }, requests: { cpu: "500m" } },
    });
    await says(
      "set image deploy/app nosuch=x",
      'error: unable to find container named "nosuch"\n',
      { code: 1 },
    );
    await says(
      "set selector service app app=x",
      "service/app selector updated\n",
    );
    await says("get service app -o jsonpath={.spec.selector.app}", "x");
    await ok(["create", "rolebinding", "rb", "--clusterrole=view", "--user=a"]);
    await says(
      "set subject rolebinding rb --user=b",
      "rolebinding.rbac.authorization.k8s.io/rb subjects updated\n",
    );
    await says("get rolebinding rb -o jsonpath={.subjects[*].name}", "a b");
  },
  async "label and annotate add, list and take away"({ ok, says }) {
    await ok(["create", "configmap", "l"]);
    const l = "configmap/l";
    await says("label cm l a=b", `${l} labeled\n`);
    await says(
      "label cm l a=c",
      "error: 'a' already has a value (b), and --overwrite is false\n",
      { code: 1 },
    );
    await says("label cm l a=c --overwrite", `${l} labeled\n`);
    await says("label cm l a=c", `${l} not labeled\n`);
    await says("label cm l --list", "a=c\n");
    await says("label cm l a-", `${l} unlabeled\n`);
    await says("annotate cm l note=x", `${l} annotated\n`);
    await says("annotate cm l --list", "note=x\n");
    await says("annotate cm l note-", `${l} annotated\n`);
    await says(
      "label cm l A_=_",
      /^The ConfigMap "l" is invalid|a valid label must be an empty string or consist of alphanumeric characters/,
      { code: 1 },
    );
  },
  async "replace puts another object in its place"({ ok, says, file }) {
    await file(
      "map.json",
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"r"},"data":{"a":"1"}}',
    );
    await says(
      "replace -f map.json",
      'Error from server (NotFound): error when replacing "map.json": configmaps "r" not found\n',
      { code: 1 },
    );
    await ok(["create", "configmap", "r", "--from-literal=b=2"]);
    const uid = () => ok(["get", "cm", "r", "-o", "jsonpath={.metadata.uid}"]);
    const before = await uid();
    await says("replace -f map.json", "configmap/r replaced\n");
    await says("get cm r -o jsonpath={.data}", '{"a":"1"}');
    assert.equal(await uid(), before);
    await says(
      "replace --force -f map.json",
      /^configmap "r" deleted.*\nconfigmap\/r replaced\n$/,
    );
    assert.notEqual(await uid(), before);
    await says(
      "replace -f -",
      /Operation cannot be fulfilled on configmaps "r": the object has been modified; please apply your changes to the latest version and try again/,
      {
        stdin:
          '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"r","resourceVersion":"1"}}',
        code: 1,
      },
    );
  },
  async "scale holds to what it expects to find"({ says }) {
    const app = "deployment.apps/app";
    await says("scale deploy app --replicas=3", `${app} scaled\n`);
    await says(
      "scale deploy app --replicas=1 --current-replicas=2",
      "error: Expected replicas to be 2, was 3\n",
      { code: 1 },
    );
    await says(
      "scale deploy app --replicas=1 --current-replicas=3",
      `${app} scaled\n`,
    );
    await says(
      "patch deploy app --subresource=scale --type=merge -p",
      "scale.autoscaling/app patched\n",
      { more: ['{"spec":{"replicas":2}}'] },
    );
    await says("get deploy app -o jsonpath={.spec.replicas}", "2");
    await says(
      "scale cm r --replicas=1",
      "Error from server (NotFound): the server could not find the requested resource\n",
      { code: 1 },
    );
  },
  async "run, expose and autoscale make objects of a few words"(
    { ok, says },
  ) {
    await says(
      "run web --image=example.org/w:1 --port=80 --expose --labels=a=b --env=X=y --restart=Never",
      "service/web created\npod/web created\n",
    );
    await says(
      "get pod web -o jsonpath={.spec.restartPolicy}:{.spec.containers[0].env[0].value}:{.spec.containers[0].ports[0].containerPort}:{.metadata.labels}",
      'Never:y:80:{"a":"b"}',
    );
    await says("get service web -o jsonpath={.spec.selector}", '{"a":"b"}');
    await says(
      "run web --image=example.org/w:1",
      'Error from server (AlreadyExists): pods "web" already exists\n',
      { code: 1 },
    );
    await says(
      "expose pod web --name=again --port=90 --target-port=8080 --type=NodePort",
      "service/again exposed\n",
    );
    await says(
      "get service again -o jsonpath={.spec.type}:{.spec.ports[0].port}:{.spec.ports[0].targetPort}",
      "NodePort:90:8080",
    );
    await says(
      "expose pod none --port=80",
      'Error from server (NotFound): pods "none" not found\n',
      { code: 1 },
    );
    await says(
      "autoscale deployment app --min=2 --max=5",
      "horizontalpodautoscaler.autoscaling/app autoscaled\n",
    );
    assert.match(
      plain(await ok(["get", "hpa", "app"]))[1] ?? "",
      /^app {2}Deployment\/app {2}cpu: <unknown>\/80% {2}2 {2}5 {2}\d$/,
    );
  },
});
