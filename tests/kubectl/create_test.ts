import assert from "node:assert/strict";
import { parse } from "yaml";
import { kubectlSuite } from "./suite.ts";

const DRY = ["--dry-run=server", "-o", "yaml"];

/** What the server makes of an object; what is new each time is left out. */
function steady(text: string): Record<string, unknown> {
  const { metadata, ...rest } = parse(text);
  const { creationTimestamp, uid, ...named } = metadata;
  assert.ok(creationTimestamp);
  assert.match(uid, /^[0-9a-f-]{36}$/);
  return { metadata: named, ...rest };
}

const inDefault = (name: string, more: object = {}) => ({
  name,
  namespace: "default",
  ...more,
});

/** Each generator's words, and some of what the object must hold with Kubernetes' defaults. */
const MADE: readonly (readonly [string, Record<string, unknown>])[] = [
  ["namespace shop", {
    metadata: {
      name: "shop",
      labels: { "kubernetes.io/metadata.name": "shop" },
    },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  }],
  ["configmap m --from-literal=a=b --from-file=text", {
    metadata: inDefault("m"),
    data: { a: "b", text: "hello\n" },
  }],
  ["configmap m --from-env-file=text.env", { data: { x: "1", y: "2" } }],
  ["secret generic s --from-literal=a=b --type=example.com/x", {
    metadata: inDefault("s"),
    data: { a: "Yg==" },
    type: "example.com/x",
  }],
  [
    "secret docker-registry d --docker-server=r.example.com --docker-username=u --docker-password=p",
    {
      type: "kubernetes.io/dockerconfigjson",
      data: {
        ".dockerconfigjson": btoa(
          '{"auths":{"r.example.com":{"username":"u","password":"p","auth":"dTpw"}}}',
        ),
      },
    },
  ],
  ["serviceaccount robot", {
    metadata: inDefault("robot"),
    kind: "ServiceAccount",
  }],
  [
    "role r --verb=get,list --resource=pods/log,deployments.apps --resource-name=x",
    {
      rules: [
        {
          apiGroups: [""],
          resourceNames: ["x"],
          resources: ["pods/log"],
          verbs: ["get", "list"],
        },
        {
          apiGroups: ["apps"],
          resourceNames: ["x"],
          resources: ["deployments"],
          verbs: ["get", "list"],
        },
      ],
    },
  ],
  ["clusterrole c --verb=get --non-resource-url=/logs/*", {
    metadata: { name: "c" },
    rules: [{ nonResourceURLs: ["/logs/*"], verbs: ["get"] }],
  }],
  ["clusterrole c --aggregation-rule=a=b", {
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
  }],
  ["rolebinding b --clusterrole=view --serviceaccount=default:robot", {
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "view",
    },
    subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "default" }],
  }],
  ["clusterrolebinding b --clusterrole=view --user=u --group=g", {
    subjects: [
      { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "u" },
      { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "g" },
    ],
  }],
  ["quota q --hard=pods=2 --scopes=BestEffort", {
    spec: { hard: { pods: "2" }, scopes: ["BestEffort"] },
  }],
  ["pdb p --selector=a=b --max-unavailable=50%", {
    metadata: inDefault("p", { generation: 1 }),
    spec: { maxUnavailable: "50%", selector: { matchLabels: { a: "b" } } },
    status: {
      currentHealthy: 0,
      desiredHealthy: 0,
      disruptionsAllowed: 0,
      expectedPods: 0,
    },
  }],
  ["priorityclass p --value=5 --description=x --preemption-policy=Never", {
    value: 5,
    description: "x",
    preemptionPolicy: "Never",
  }],
  [
    "ingress i --class=n --default-backend=b:80 --rule=h.example.com/p*=svc:http,tls=sec",
    {
      spec: {
        ingressClassName: "n",
        defaultBackend: { service: { name: "b", port: { number: 80 } } },
        rules: [{
          host: "h.example.com",
          http: {
            paths: [{
              path: "/p",
              pathType: "Prefix",
              backend: { service: { name: "svc", port: { name: "http" } } },
            }],
          },
        }],
        tls: [{ hosts: ["h.example.com"], secretName: "sec" }],
      },
      status: { loadBalancer: {} },
    },
  ],
  ["service externalname e --external-name=example.org", {
    spec: {
      externalName: "example.org",
      selector: { app: "e" },
      sessionAffinity: "None",
      type: "ExternalName",
    },
  }],
  ["service clusterip c --clusterip=None", {
    spec: {
      clusterIP: "None",
      clusterIPs: ["None"],
      internalTrafficPolicy: "Cluster",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      selector: { app: "c" },
      sessionAffinity: "None",
      type: "ClusterIP",
    },
  }],
];

const PARTS: readonly (readonly [string, string, string])[] = [
  [
    "service nodeport n --tcp=80:8080 --node-port=30123",
    "{.spec.type}:{.spec.ports[0]}:{.spec.externalTrafficPolicy}",
    'NodePort:{"name":"80-8080","nodePort":30123,"port":80,"protocol":"TCP","targetPort":8080}:Cluster',
  ],
  [
    "service loadbalancer l --tcp=80",
    "{.spec.allocateLoadBalancerNodePorts}:{.spec.ports[0].name}",
    "true:80",
  ],
  [
    "deployment d --image=example.org/a:1 --image=example.org/b --replicas=3 --port=80",
    "{.spec.replicas}:{.spec.strategy.rollingUpdate}:{.spec.template.spec.containers[*].imagePullPolicy}:{.spec.template.spec.containers[0].ports}",
    '3:{"maxSurge":"25%","maxUnavailable":"25%"}:IfNotPresent Always:[{"containerPort":80,"protocol":"TCP"}]',
  ],
  [
    "job j --image=i -- date",
    "{.spec.backoffLimit}:{.spec.completions}:{.spec.completionMode}:{.spec.podReplacementPolicy}:{.spec.template.spec.restartPolicy}",
    "6:1:NonIndexed:TerminatingOrFailed:Never",
  ],
];

kubectlSuite("kubectl create", {
  async "makes objects of words, with Kubernetes' defaults"({ ok, file }) {
    await file("text", "hello\n");
    await file("text.env", "x=1\ny=2\n");
    for (const [words, expected] of MADE) {
      const made = steady(await ok(["create", ...words.split(" "), ...DRY]));
      const part = Object.fromEntries(
        Object.keys(expected).map((name) => [name, made[name]]),
      );
      assert.deepEqual(part, expected, words);
    }
    // Nothing of it is there.
    assert.equal(await ok(["get", "pdb,ingress,quota,role", "-o", "name"]), "");
  },
  async "makes workloads and services with Kubernetes' defaults"({ says }) {
    for (const [words, path, expected] of PARTS) {
      const [before = "", after] = words.split(" -- ");
      await says(`create ${before} --dry-run=server`, expected, {
        more: ["-o", `jsonpath=${path}`, ...(after ? ["--", after] : [])],
      });
    }
    await says(
      "create cronjob c --image=i --dry-run=server",
      "Allow:false:3:1",
      {
        more: [
          "--schedule=*/5 * * * *",
          "-o",
          "jsonpath={.spec.concurrencyPolicy}:{.spec.suspend}:{.spec.successfulJobsHistoryLimit}:{.spec.failedJobsHistoryLimit}",
        ],
      },
    );
  },
  async "says what it made, and why it did not"({ says }) {
    await says(
      "create configmap a --dry-run=server",
      "configmap/a created (server dry run)\n",
    );
    await says("create configmap a", "configmap/a created\n");
    await says(
      "create configmap a",
      'error: failed to create configmap: configmaps "a" already exists\n',
      { code: 1 },
    );
    await says(
      "create configmap a -n none",
      'error: failed to create configmap: namespaces "none" not found\n',
      { code: 1 },
    );
    await says(
      "create quota q --hard=cpu=1 --scopes=BestEffort",
      'error: failed to create quota: ResourceQuota "q" is invalid: spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource\n',
      { code: 1 },
    );
    await says(
      "create service nodeport n --tcp=80 --node-port=99",
      'error: failed to create NodePort service: Service "n" is invalid: spec.ports[0].nodePort: Invalid value: 99: provided port is not in the valid range. The range of valid ports is 30000-32767\n',
      { code: 1 },
    );
    await says(
      "create token default --audience=x",
      /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/,
    );
  },
});
