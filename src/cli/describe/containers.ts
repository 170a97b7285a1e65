/**
 * Containers as `describe` shows them, in pods with their state and in templates without.
 *
 * @module
 */
import type { Container } from "../../api/core/container.ts";
import type {
  ContainerState,
  ContainerStatus,
} from "../../api/core/container_status.ts";
import type { EnvFromSource, EnvVar } from "../../api/core/env.ts";
import type { Probe } from "../../api/core/probe.ts";
import { compareText } from "../compare_text.ts";
import { field, indent, joined, timeText } from "./lines.ts";

/**
 * A section of containers.
 *
 * @param statuses absent in a template
 */
export function containerSection(
  title: string,
  containers: readonly Container[],
  statuses?: readonly ContainerStatus[],
): string {
  return `${title}:\n` + containers.map((container) => {
    const status = statuses?.find(({ name }) => name === container.name);
    return `  ${container.name}:\n` +
      indent(containerLines(container, status), 4);
  }).join("");
}

function containerLines(
  container: Container,
  status: ContainerStatus | undefined,
): string {
  const { command, args, resources, ports = [] } = container;
  return (status ? field("Container ID", status.containerID) : "") +
    field("Image", container.image) +
    (status ? field("Image ID", status.imageID) : "") +
    field(
      ports.length > 1 ? "Ports" : "Port",
      joined(
        ports.map(({ containerPort, protocol = "TCP", name }) =>
          `${containerPort}/${protocol}${name ? ` (${name})` : ""}`
        ),
      ),
    ) +
    hostPorts(ports) +
    words("Command", command) + words("Args", args) +
    (status ? statusLines(status) : "") +
    quantities("Limits", resources?.limits) +
    quantities("Requests", resources?.requests) +
    probe("Startup", container.startupProbe) +
    probe("Liveness", container.livenessProbe) +
    probe("Readiness", container.readinessProbe) +
    environment(container) +
    mounts(container);
}

function hostPorts(ports: NonNullable<Container["ports"]>): string {
  const taken = ports.filter(({ hostPort }) => hostPort);
  if (taken.length === 0) return "";
  return field(
    "Host Port",
    joined(
      taken.map(({ hostPort, protocol = "TCP" }) => `${hostPort}/${protocol}`),
    ),
  );
}

function words(title: string, list: readonly string[] | undefined): string {
  if (!list?.length) return "";
  return `${title}:\n` +
    list.flatMap((word) => word.split("\n")).map((word) => `  ${word}\n`)
      .join("");
}

function statusLines(status: ContainerStatus): string {
  const { state, lastState, ready, restartCount } = status;
  return stateLines("State", state) +
    (lastState?.terminated ? stateLines("Last State", lastState) : "") +
    field("Ready", ready ? "True" : "False") +
    field("Restart Count", restartCount);
}

function stateLines(title: string, state: ContainerState | undefined): string {
  const { running, terminated, waiting } = state ?? {};
  if (running) {
    return field(title, "Running") +
      field("  Started", timeText(running.startedAt));
  }
  if (terminated) {
    const { reason, message, exitCode, signal } = terminated;
    return field(title, "Terminated") +
      (reason ? field("  Reason", reason) : "") +
      (message ? field("  Message", message.trim()) : "") +
      field("  Exit Code", exitCode) +
      (signal ? field("  Signal", signal) : "") +
      field("  Started", timeText(terminated.startedAt)) +
      field("  Finished", timeText(terminated.finishedAt));
  }
  return field(title, "Waiting") +
    (waiting?.reason ? field("  Reason", waiting.reason) : "") +
    // Here we say more than kubectl: why an image is not there is what its reader wants to know.
    (waiting?.message ? field("  Message", waiting.message.trim()) : "");
}

function quantities(
  title: string,
  list: Readonly<Record<string, string>> | undefined,
): string {
  const entries = Object.entries(list ?? {}).sort(([a], [b]) =>
    compareText(a, b)
  );
  if (entries.length === 0) return "";
  return `${title}:\n` +
    entries.map(([name, quantity]) => field(`  ${name}`, quantity)).join("");
}

function probe(title: string, probe: Probe | undefined): string {
  if (!probe) return "";
  const {
    initialDelaySeconds = 0,
    timeoutSeconds = 1,
    periodSeconds = 10,
    successThreshold = 1,
    failureThreshold = 3,
  } = probe;
  return field(
    title,
    `${
      probeAction(probe)
    } delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`,
  );
}

function probeAction({ exec, httpGet, tcpSocket, grpc }: Probe): string {
  if (exec) return `exec [${(exec.command ?? []).join(" ")}]`;
  if (httpGet) {
    const { scheme = "HTTP", host = "", port, path = "" } = httpGet;
    const slash = path.startsWith("/") || path === "" ? "" : "/";
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${slash}${path}`;
  }
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ""}:${tcpSocket.port}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ""}`.trimEnd();
  return "unknown";
}

function environment({ env = [], envFrom = [] }: Container): string {
  const from = envFrom.length === 0 ? "" : "Environment Variables from:\n" +
    envFrom.map((source) => `  ${sourceText(source)}\n`).join("");
  if (env.length === 0) return from + field("Environment", "<none>");
  return from + "Environment:\n" +
    env.map((variable) => {
      const [first, ...more] = variableText(variable).split("\n");
      return field(`  ${variable.name}`, first) +
        more.map((line) => `\t${line}\n`).join("");
    }).join("");
}

function sourceText({ configMapRef, secretRef, prefix }: EnvFromSource) {
  const { name, optional = false } = configMapRef ?? secretRef ?? {};
  const kind = configMapRef ? "ConfigMap" : "Secret";
  const before = prefix ? ` with prefix '${prefix}'` : "";
  return `${name}\t${kind}${before}\tOptional: ${optional}`;
}

function variableText({ value, valueFrom }: EnvVar): string {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } =
    valueFrom ?? {};
  if (fieldRef) return `(${fieldRef.apiVersion ?? "v1"}:${fieldRef.fieldPath})`;
  if (resourceFieldRef) return `(${resourceFieldRef.resource})`;
  const ref = configMapKeyRef ?? secretKeyRef;
  if (ref) {
    const kind = configMapKeyRef ? "config map" : "secret";
    return `<set to the key '${ref.key}' of ${kind} '${ref.name}'>  Optional: ${
      ref.optional ?? false
    }`;
  }
  return value ?? "";
}

function mounts({ volumeMounts = [] }: Container): string {
  if (volumeMounts.length === 0) return field("Mounts", "<none>");
  const sorted = volumeMounts.toSorted((a, b) =>
    compareText(a.mountPath, b.mountPath)
  );
  return "Mounts:\n" +
    sorted.map(({ mountPath, name, readOnly, subPath }) =>
      `  ${mountPath} from ${name} (${readOnly ? "ro" : "rw"}${
        subPath ? `,path="${subPath}"` : ""
      })\n`
    ).join("");
}
