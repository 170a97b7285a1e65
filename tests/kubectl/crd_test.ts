/**
 * Custom resources with the real kubectl.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type KubectlRig, startRig } from "./rig.ts";

const CRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: crontabs.stable.example.com
spec:
  group: stable.example.com
  scope: Namespaced
  names:
    plural: crontabs
    singular: crontab
    kind: CronTab
    shortNames: [ct]
    categories: [all]
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale:
        specReplicasPath: .spec.replicas
        statusReplicasPath: .status.replicas
        labelSelectorPath: .status.labelSelector
    additionalPrinterColumns:
    - name: Spec
      type: string
      description: When it runs
      jsonPath: .spec.cronSpec
    - name: Replicas
      type: integer
      jsonPath: .spec.replicas
    - name: Ready
      type: string
      jsonPath: .status.conditions[?(@.type=="Ready")].status
    - name: Age
      type: date
      jsonPath: .metadata.creationTimestamp
    selectableFields:
    - jsonPath: .spec.image
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        description: CronTab runs things now and then.
        properties:
          spec:
            type: object
            required: [cronSpec]
            properties:
              cronSpec:
                type: string
                pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$'
                description: When it runs, as cron has it.
              image:
                type: string
              replicas:
                type: integer
                minimum: 1
                maximum: 10
                default: 1
              ports:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties:
                    name: {type: string}
                    port: {x-kubernetes-int-or-string: true}
          status:
            type: object
            properties:
              replicas: {type: integer}
              labelSelector: {type: string}
              conditions:
                type: array
                items:
                  type: object
                  properties:
                    type: {type: string}
                    status: {type: string}
`;

const CRONTAB = `
apiVersion: stable.example.com/v1
kind: CronTab
metadata:
  name: mine
spec:
  cronSpec: "* * * * */5"
  image: example.org/cron:1
`;

async function rigWithKind(): Promise<KubectlRig> {
  const rig = await startRig();
  await rig.ok(["apply", "-f", "-"], { stdin: CRD });
  await rig.ok([
    "wait",
    "--for=condition=Established",
    "crd/crontabs.stable.example.com",
  ]);
  return rig;
}

Deno.test("kubectl takes a custom resource through its life", async () => {
  await using rig = await rigWithKind();
  assert.equal(
    await rig.ok(["apply", "-f", "-"], { stdin: CRONTAB }),
    "crontab.stable.example.com/mine created\n",
  );
  const shown = (await rig.ok(["get", "ct"])).split("\n");
  assert.match(shown[0]!, /^NAME +SPEC +REPLICAS +READY +AGE$/);
  assert.match(shown[1]!, /^mine +\* \* \* \* \*\/5 +1 +\d+s$/);
  assert.equal(
    await rig.ok(["apply", "-f", "-"], { stdin: CRONTAB }),
    "crontab.stable.example.com/mine unchanged\n",
  );
  assert.equal(
    await rig.ok(["scale", "crontab/mine", "--replicas=4"]),
    "crontab.stable.example.com/mine scaled\n",
  );
  assert.equal(
    await rig.ok(["get", "crontab", "mine", "-o", "jsonpath={.spec.replicas}"]),
    "4",
  );
  await rig.ok([
    "patch",
    "crontab",
    "mine",
    "--subresource=status",
    "--type=merge",
    "-p",
    '{"status":{"conditions":[{"type":"Ready","status":"True"}]},"spec":{"replicas":9}}',
  ]);
  assert.match(await rig.ok(["get", "ct", "mine"]), /^mine .* 4 +True +/m);
  assert.match(
    await rig.ok(["get", "all"]),
    /crontab.stable.example.com\/mine/,
  );
  assert.match(
    await rig.ok(["describe", "ct", "mine"]),
    /Cron Spec: +\* \* \* \* \*\/5/,
  );
  assert.equal(
    await rig.ok([
      "get",
      "ct",
      "-o",
      "name",
      "--field-selector=spec.image=example.org/cron:1",
    ]),
    "crontab.stable.example.com/mine\n",
  );
  assert.equal(
    await rig.ok(["get", "ct", "-o", "name", "--field-selector=spec.image=x"]),
    "",
  );
  assert.equal(
    await rig.ok(["delete", "ct", "mine"]),
    'crontab.stable.example.com "mine" deleted\n',
  );
});

Deno.test("kubectl is told what is wrong with a custom resource", async () => {
  await using rig = await rigWithKind();
  const wrong = CRONTAB.replace('"* * * * */5"', '"never"')
    .replace("spec:", "spec:\n  replicas: 11");
  const invalid = await rig.run(["create", "-f", "-"], { stdin: wrong });
  assert.equal(invalid.code, 1);
  assert.equal(
    invalid.stderr,
    `The CronTab "mine" is invalid: 
* spec.cronSpec: Invalid value: "never": spec.cronSpec in body should match '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$'
* spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10
`,
  );
  const unknown = await rig.run(["apply", "--validate=strict", "-f", "-"], {
    stdin: CRONTAB.replace("image:", "imgae:"),
  });
  assert.equal(unknown.code, 1);
  assert.match(
    unknown.stderr,
    /strict decoding error: unknown field "spec.imgae"/,
  );
  const warned = await rig.run(["apply", "--validate=warn", "-f", "-"], {
    stdin: CRONTAB.replace("image:", "imgae:"),
  });
  assert.equal(warned.code, 0);
  assert.match(warned.stderr, /Warning: unknown field "spec.imgae"/);
});

Deno.test("kubectl applies custom resources on the server's side, and is told of conflicts", async () => {
  await using rig = await rigWithKind();
  const apply = (manager: string, stdin: string, ...more: string[]) =>
    rig.run(
      [
        "apply",
        "--server-side",
        `--field-manager=${manager}`,
        "-f",
        "-",
        ...more,
      ],
      { stdin },
    );
  const ports = (name: string) =>
    `${CRONTAB}  ports:\n  - name: ${name}\n    port: 80\n`;
  assert.equal((await apply("one", ports("http"))).code, 0);
  const other = ports("https").replace(":1", ":2");
  const conflict = await apply("two", other);
  assert.equal(conflict.code, 1);
  assert.match(conflict.stderr, /conflict with "one".*\.spec\.image/s);
  const forced = await apply("two", other, "--force-conflicts");
  assert.equal(forced.code, 0, forced.stderr);
  assert.equal(
    await rig.ok(["get", "ct", "mine", "-o", "jsonpath={.spec.ports[*].name}"]),
    "http https",
  );
});

Deno.test("kubectl explains custom resources", async () => {
  await using rig = await rigWithKind();
  assert.match(
    await rig.ok(["explain", "crontabs"]),
    /CronTab runs things now and then\./,
  );
  assert.match(
    await rig.ok(["explain", "crontab.spec.cronSpec"]),
    /FIELD: cronSpec <string>.*When it runs, as cron has it\./s,
  );
  assert.match(
    await rig.ok(["explain", "--recursive", "crontab"]),
    /ports\t<\[\]Object>\n +name\t<string> -required-/,
  );
  assert.match(
    await rig.ok(["explain", "--recursive", "crd"]),
    /openAPIV3Schema\t<JSONSchemaProps>/,
  );
});

Deno.test("kubectl deletes a definition with its objects, and the kind is gone", async () => {
  await using rig = await rigWithKind();
  await rig.ok(["apply", "-f", "-"], { stdin: CRONTAB });
  assert.match(
    await rig.ok(["get", "crd"]),
    /^crontabs\.stable\.example\.com +\d{4}-/m,
  );
  assert.equal(
    await rig.ok(["delete", "crd", "crontabs.stable.example.com"]),
    'customresourcedefinition.apiextensions.k8s.io "crontabs.stable.example.com" deleted\n',
  );
  const gone = await rig.run(["get", "crontabs"]);
  assert.equal(gone.code, 1);
  assert.match(
    gone.stderr,
    /the server could not find the requested resource/,
  );
});

Deno.test("Custom resources go with their owner, and with their namespace", async () => {
  await using rig = await rigWithKind();
  await rig.ok(["create", "configmap", "owner"]);
  const uid = await rig.ok([
    "get",
    "configmap",
    "owner",
    "-o",
    "jsonpath={.metadata.uid}",
  ]);
  const owned = CRONTAB.replace(
    "name: mine",
    `name: mine
  ownerReferences:
  - {apiVersion: v1, kind: ConfigMap, name: owner, uid: ${uid}}`,
  );
  await rig.ok(["apply", "-f", "-"], { stdin: owned });
  await rig.ok(["delete", "configmap", "owner"]);
  await rig.ok(["wait", "--for=delete", "crontab/mine", "--timeout=30s"]);
  await rig.ok(["create", "namespace", "brief"]);
  await rig.ok(["apply", "-n", "brief", "-f", "-"], { stdin: CRONTAB });
  await rig.ok(["delete", "namespace", "brief", "--timeout=60s"]);
  assert.equal(await rig.ok(["get", "ct", "-A", "-o", "name"]), "");
});
