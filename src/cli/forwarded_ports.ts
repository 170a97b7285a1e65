/**
 * Which ports `port-forward` means: numbers and names, of a pod or of a service before it.
 *
 * @module
 */
import type { Pod } from "../api/core/pod.ts";
import type { Service, ServicePort } from "../api/core/service.ts";
import { CliFailure, EXIT_USAGE } from "./failure.ts";

/** One pair of ports. */
export interface Forwarding {
  /** Where to listen here; 0 is any. */
  readonly local: number;
  /** The pod's port. */
  readonly remote: number;
}

const MAX_PORT = 65535;
const NUMBER = /^\d+$/;
/** As kubectl tells a service without an address of its own. */
const HEADLESS = "None";

/**
 * Reads `LOCAL:REMOTE`, `PORT` or `:REMOTE`; the remote one may be a name.
 *
 * @param target.service through which the pod was named: the remote port is the service's then
 * @throws {CliFailure} in kubectl's words
 */
export function parseForwarding(
  text: string,
  target: { readonly pod: Pod; readonly service?: Service },
): Forwarding {
  const [, first, asked] = /^(?:(\d*):)?([-a-zA-Z0-9]+)$/.exec(text) ?? [];
  if (asked === undefined) throw malformed(text);
  const [wanted, remote] = target.service === undefined
    ? samePort(podPort(target.pod, asked))
    : servicePort(target.service, target.pod, asked);
  const local = first === undefined ? wanted : Number(first);
  if (remote < 1 || Math.max(local, remote) > MAX_PORT) throw malformed(text);
  return { local, remote };
}

function malformed(text: string): CliFailure {
  return new CliFailure(`invalid port format '${text}'`, {
    exitCode: EXIT_USAGE,
  });
}

function samePort(port: number): [number, number] {
  return [port, port];
}

/** A port of the pod by number or name. */
function podPort(pod: Pod, asked: string): number {
  if (NUMBER.test(asked)) return Number(asked);
  const port = namedPort(pod, asked);
  if (port !== undefined) return port;
  throw new CliFailure(
    `Pod '${pod.metadata.name}' does not have a named port '${asked}'`,
  );
}

/** The service's own port, and the pod's behind it. */
function servicePort(
  { metadata, spec }: Service,
  pod: Pod,
  asked: string,
): [number, number] {
  const isNumber = NUMBER.test(asked);
  const found = spec.ports?.find(({ port, name }) =>
    isNumber ? port === Number(asked) : name === asked
  );
  if (found === undefined) {
    throw new CliFailure(
      isNumber
        ? `Service ${metadata.name} does not have a service port ${asked}`
        : `Service '${metadata.name}' does not have a named port '${asked}'`,
    );
  }
  const { port } = found;
  return [port, spec.clusterIP === HEADLESS ? port : targetPort(found, pod)];
}

function targetPort({ port, targetPort }: ServicePort, pod: Pod): number {
  if (targetPort === undefined || targetPort === 0) return port;
  if (typeof targetPort === "number") return targetPort;
  const named = namedPort(pod, targetPort);
  if (named !== undefined) return named;
  throw new CliFailure(
    `Pod '${pod.metadata.name}' does not have a named port '${targetPort}'`,
  );
}

function namedPort({ spec }: Pod, name: string): number | undefined {
  return [...spec.containers, ...spec.initContainers ?? []]
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === name)?.containerPort;
}
