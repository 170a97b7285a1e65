/**
 * The objects that end-to-end tests create.
 *
 * @module
 */
import { BUSYBOX_IMAGE, HTTP_ECHO_IMAGE } from "../../tools/make_image.ts";

/** An object of the API, read freely. */
// deno-lint-ignore no-explicit-any -- tests read any field
export type Any = any;

const GUESTS = new URL("../../wasm/", import.meta.url).pathname;

/** `image` of a WASM container: one of the guests in `wasm/`. */
export const guest = (name: string) => `file://${GUESTS}${name}/${name}.wat`;

/** A Deployment of the HTTP service as WASM modules. */
export function wasmDeployment(
  name: string,
  replicas: number,
  more: { labels?: Record<string, string>; spec?: Any; container?: Any } = {},
): Any {
  return deployment(name, replicas, {
    ...more,
    spec: { runtimeClassName: "wasmtime", ...more.spec },
    container: { image: guest("http_echo"), ...more.container },
  });
}

/** The same of containers. */
export function containerDeployment(
  name: string,
  replicas: number,
  more: { labels?: Record<string, string>; spec?: Any; container?: Any } = {},
): Any {
  return deployment(name, replicas, {
    ...more,
    container: {
      image: HTTP_ECHO_IMAGE,
      imagePullPolicy: "Never",
      ...more.container,
    },
  });
}

function deployment(
  name: string,
  replicas: number,
  more: { labels?: Record<string, string>; spec?: Any; container?: Any },
): Any {
  const labels = { app: "hello", deployment: name, ...more.labels };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { deployment: name } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 10,
          ...more.spec,
          containers: [{
            name: "http",
            ports: [{ name: "http", containerPort: 8080 }],
            env: [{
              name: "POD_NAME",
              valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
            }],
            readinessProbe: {
              httpGet: { path: "/healthz", port: "http" },
              periodSeconds: 1,
            },
            ...more.container,
          }],
        },
      },
    },
  };
}

/** A Service over pods with these labels. */
export function service(
  name: string,
  selector: Record<string, string> = { app: "hello" },
): Any {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector, ports: [{ port: 8080, targetPort: "http" }] },
  };
}

/** A Pod of one WASM container that does what its arguments say (see `wasm/exerciser`). */
export function wasmPod(name: string, args: readonly string[], spec?: Any) {
  const { container, ...rest } = spec ?? {};
  return pod(name, {
    runtimeClassName: "wasmtime",
    ...rest,
    container: { image: guest("exerciser"), args, ...container },
  });
}

/** A Pod of one container that runs a shell script. */
export function shellPod(name: string, script: string, spec?: Any): Any {
  const { container, ...rest } = spec ?? {};
  return pod(name, {
    ...rest,
    container: {
      image: BUSYBOX_IMAGE,
      imagePullPolicy: "Never",
      command: ["sh", "-c", script],
      ...container,
    },
  });
}

function pod(name: string, spec: Any): Any {
  const { container, ...rest } = spec;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      ...rest,
      containers: [{ name: "main", ...container }, ...rest.containers ?? []],
    },
  };
}
