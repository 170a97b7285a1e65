import assert from "node:assert/strict";
import { kubectlSuite } from "./suite.ts";

const map = (data: string, labels = "p: x") => `
apiVersion: v1
kind: ConfigMap
metadata: { name: t, labels: { ${labels} } }
data: { ${data} }
`;

const LIST = `
apiVersion: v1
kind: List
items:
- { apiVersion: v1, kind: ConfigMap, metadata: { name: la } }
- { apiVersion: v1, kind: ConfigMap, metadata: { name: lb } }
`;

kubectlSuite("kubectl apply of files", {
  async "takes a List, and tells what is wrong inside"({ file, says }) {
    await file("list.yaml", LIST);
    await says(
      "create -f list.yaml",
      "configmap/la created\nconfigmap/lb created\n",
    );
    await says("get -f list.yaml -o name", "configmap/la\nconfigmap/lb\n");
    await says(
      "replace -f list.yaml",
      "configmap/la replaced\nconfigmap/lb replaced\n",
    );
    await file("bad.yaml", LIST.replace("name: la }", "name: la }, dat: {}"));
    await says(
      "apply -f bad.yaml",
      'error: error validating "bad.yaml": error validating data: ValidationError(ConfigMap): unknown field "dat" in io.k8s.api.core.v1.ConfigMap; if you choose to ignore these errors, turn validation off with --validate=false\n',
      { code: 1 },
    );
    await says(
      "create -f list.yaml",
      'Error from server (AlreadyExists): error when creating "list.yaml": configmaps "la" already exists\n' +
        'Error from server (AlreadyExists): error when creating "list.yaml": configmaps "lb" already exists\n',
      { code: 1 },
    );
    await says(
      "delete -f list.yaml",
      'configmap "la" deleted\nconfigmap "lb" deleted\n',
    );
  },
  async "leaves alone what others wrote, and takes back what it wrote itself"(
    { ok, file, says },
  ) {
    await file("t.yaml", map('a: "1", b: "2"'));
    await says("apply -f t.yaml", "configmap/t created\n");
    await ok(["patch", "cm", "t", "-p", '{"data":{"c":"3","a":"9"}}']);
    await file("t.yaml", map('a: "1"'));
    await says(
      "diff -f t.yaml",
      /\n- {2}a: "9"\n- {2}b: "2"\n\+ {2}a: "1"\n {3}c: "3"\n/,
      { code: 1 },
    );
    await says(
      "apply -f t.yaml --dry-run=server",
      "configmap/t configured (server dry run)\n",
    );
    await says("apply -f t.yaml", "configmap/t configured\n");
    await says("get cm t -o jsonpath={.data}", '{"a":"1","c":"3"}');
    await says("apply -f t.yaml", "configmap/t unchanged\n");
    await says("diff -f t.yaml", "");
  },
  async "shows and sets what was applied last"({ ok, file, says }) {
    await says(
      "apply view-last-applied cm/t",
      /^apiVersion: v1\ndata:\n {2}a: "1"\nkind: ConfigMap\n/,
    );
    await file("t.yaml", map('a: "2"'));
    await says("apply set-last-applied -f t.yaml", "configmap/t configured\n");
    await says(
      "apply set-last-applied -f t.yaml",
      "set-last-applied t: no changes required.\n",
    );
    await file("seven", `#!/bin/sh\nsed -i 's/a: .*/a: "7"/' "$1"\n`, {
      executable: true,
    });
    await says("apply edit-last-applied cm/t", "configmap/t edited\n", {
      editor: "seven",
    });
    assert.match(
      await ok(["apply", "view-last-applied", "cm/t"]),
      /^ {2}a: "7"$/m,
    );
    await says("get cm t -o jsonpath={.data.a}", "1");
    await ok(["create", "configmap", "un"]);
    await file("un.yaml", map("").replace("name: t", "name: un"));
    await says(
      "apply set-last-applied -f un.yaml",
      "error: no last-applied-configuration annotation found on resource: un, to create the annotation, run the command with --create-annotation\n",
      { code: 1 },
    );
    await says(
      "apply -f un.yaml",
      /^configmap\/un configured\nWarning: resource configmaps\/un is missing the kubectl\.kubernetes\.io\/last-applied-configuration annotation which is required by kubectl apply\./,
    );
  },
  async "--prune deletes what the files no longer hold"({ says }) {
    await says(
      "apply -f t.yaml --prune -l p=x --prune-allowlist=core/v1/ConfigMap",
      "configmap/t configured\nconfigmap/un pruned\n",
    );
    await says("get cm un", /configmaps "un" not found/, { code: 1 });
    // Without a list all kinds of kubectl's are looked through.
    await says("apply -f t.yaml --prune -l p=x", /^configmap\/t unchanged\n/);
  },
  async "-k builds, applies, compares and deletes"({ file, says }) {
    await file(
      "kustomization.yaml",
      "namePrefix: k-\nresources: [t.yaml]\nconfigMapGenerator: [{ name: gen, literals: [a=b] }]\n",
    );
    await says(
      "kustomize .",
      /^ {2}name: k-gen-4h2mbtbbt6\n---\n[^]*^ {2}name: k-t\n/m,
    );
    await says(
      "apply -k .",
      "configmap/k-gen-4h2mbtbbt6 created\nconfigmap/k-t created\n",
    );
    await says("diff -k .", "");
    await says(
      "delete -k .",
      'configmap "k-gen-4h2mbtbbt6" deleted\nconfigmap "k-t" deleted\n',
    );
  },
});
