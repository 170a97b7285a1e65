import assert from "node:assert/strict";
import { kubectlSuite, plain } from "./suite.ts";

kubectlSuite("kubectl tells of the cluster", {
  async "version, cluster-info, api-versions and config"({ ok, says, server }) {
    await says("version", /\nServer Version: v1\.36\.0\+wherry/);
    const { serverVersion } = JSON.parse(await ok(["version", "-o", "json"]));
    assert.deepEqual([serverVersion.major, serverVersion.minor], ["1", "36"]);
    await says(
      "cluster-info",
      `Kubernetes control plane is running at ${server.url}\n\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n`,
    );
    await says(
      "cluster-info dump --output-directory=dump",
      "Cluster info dumped to dump\n",
    );
    const versions = (await ok(["api-versions"])).trim().split("\n");
    assert.deepEqual(versions, versions.toSorted());
    for (const version of ["v1", "apps/v1", "autoscaling/v2"]) {
      assert(versions.includes(version));
    }
    await says("config current-context", "wherry\n");
    await says(
      "config view -o jsonpath={.clusters[0].cluster.server}",
      server.url,
    );
  },
  async "api-resources by group, scope, verb and category"({ ok, says }) {
    const names =
      "controllerrevisions daemonsets deployments replicasets statefulsets";
    await says(
      "api-resources --api-group=apps -o name",
      names.split(" ").map((name) => `${name}.apps\n`).join(""),
    );
    const rows = plain(
      await ok(["api-resources", "--api-group=apps", "-o", "wide"]),
    );
    assert.deepEqual(rows.slice(0, 3), [
      "NAME  SHORTNAMES  APIVERSION  NAMESPACED  KIND  VERBS  CATEGORIES",
      "controllerrevisions  apps/v1  true  ControllerRevision  create,delete,deletecollection,get,list,patch,update,watch",
      "daemonsets  ds  apps/v1  true  DaemonSet  create,delete,deletecollection,get,list,patch,update,watch  all",
    ]);
    await says(
      "api-resources --namespaced=false --api-group= --verbs=delete -o name",
      "namespaces\nnodes\npersistentvolumes\n",
    );
    await says(
      "api-resources --categories=all --api-group= -o name",
      "pods\nreplicationcontrollers\nservices\n",
    );
  },
  async "top where nothing runs"({ says }) {
    await says("top nodes", "error: metrics not available yet\n", { code: 1 });
    await says("top pods", "No resources found in default namespace.\n");
  },
  async "events by object, type and form"({ ok, says }) {
    await ok(["create", "-f", "-"], {
      stdin:
        '{"apiVersion":"v1","kind":"Event","metadata":{"name":"e"},"involvedObject":{"apiVersion":"v1","kind":"Pod","name":"p","namespace":"default"},"reason":"Why","message":"What","type":"Warning","source":{"component":"me"},"firstTimestamp":"2020-01-01T00:00:00Z","lastTimestamp":"2020-01-01T00:00:00Z","count":3}',
    });
    await says(
      "events --for=pod/p",
      /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n\S+ \(x3 over \S+\) +Warning +Why +Pod\/p +What\n$/,
    );
    await says(
      "events --types=Normal --for=pod/p",
      "No events found in default namespace.\n",
    );
    await says(
      "get events --field-selector=involvedObject.name=p -o name",
      "event/e\n",
    );
    await says(
      "get events -o wide --field-selector=reason=Why",
      /^LAST SEEN +TYPE +REASON +OBJECT +SUBOBJECT +SOURCE +MESSAGE +FIRST SEEN +COUNT +NAME\n\S+ +Warning +Why +pod\/p +me +What +\S+ +3 +e\n$/,
    );
  },
  async "cordon and taint say what they did, and did before"({ ok, says }) {
    await ok(["create", "-f", "-"], {
      stdin: '{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}',
    });
    await says("cordon n1", "node/n1 cordoned\n");
    await says("cordon n1", "node/n1 already cordoned\n");
    await says("uncordon n1", "node/n1 uncordoned\n");
    await says("taint node n1 a=b:NoSchedule", "node/n1 tainted\n");
    await says(
      "taint node n1 a=b:NoSchedule",
      "error: node n1 already has a taint(s) with same effect(s) and --overwrite is false\n",
      { code: 1 },
    );
    await says(
      "taint node n1 a=c:NoSchedule --overwrite",
      "node/n1 modified\n",
    );
    await says("taint node n1 a:NoSchedule-", "node/n1 untainted\n");
    await says("taint node n1 a-", 'error: taint "a" not found\n', { code: 1 });
    await says("drain none", /nodes "none" not found/, { code: 1 });
    await says("drain n1", /^node\/n1 cordoned\nnode\/n1 drained\n$/);
    await says(
      "get node n1 --no-headers",
      /^n1 +\S+,SchedulingDisabled +<none> /,
    );
  },
  async "streams say why there is nothing to talk to"({ ok, says }) {
    const none = 'Error from server (NotFound): pods "none" not found\n';
    for (
      const line of [
        "exec none -- true",
        "attach none",
        "port-forward none 80",
        "cp none:/a b",
      ]
    ) {
      await says(line, none, { code: 1 });
    }
    await says(
      "logs none",
      'error: error from server (NotFound): pods "none" not found in namespace "default"\n',
      { code: 1 },
    );
    await ok(["run", "alone", "--image=i"]);
    await says("logs alone", "");
    await says(
      "exec alone -- true",
      "Error from server (BadRequest): pod alone does not have a host assigned\n",
      { code: 1 },
    );
    await says(
      "port-forward alone 80",
      "error: unable to forward port because pod is not running. Current status=Pending\n",
      { code: 1 },
    );
  },
  async "debug copies a pod, and opens one on a node"({ says }) {
    await says(
      "debug alone --image=tool -c look --attach=false --profile=general",
      "",
    );
    await says(
      "get pod alone -o jsonpath={.spec.ephemeralContainers[*].name}",
      "look",
    );
    await says(
      "debug alone --image=tool -c look --copy-to=copy --attach=false --profile=general",
      "",
    );
    await says(
      "get pod copy -o jsonpath={.spec.containers[*].name}",
      "alone look",
    );
    await says(
      "debug node/n1 --image=tool --attach=false --profile=sysadmin",
      /^Creating debugging pod node-debugger-n1-\w{5} with container debugger on node n1\.\n$/,
    );
  },
  async "proxy serves the API to whoever is near"({ start }) {
    const child = start(["proxy", "--port=0"]);
    let said = "";
    for await (
      const text of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      said += text;
      if (said.includes("\n")) break;
    }
    const address = /^Starting to serve on (127\.0\.0\.1:\d+)\n/.exec(said)
      ?.[1];
    assert.ok(address, said);
    const answer = await fetch(`http://${address}/api/v1/namespaces/default`);
    assert.equal((await answer.json()).metadata.name, "default");
    child.kill("SIGTERM");
    await child.stderr.cancel();
    await child.status;
  },
});
