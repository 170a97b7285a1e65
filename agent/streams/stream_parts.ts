/**
 * What the agent's streams are about.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Refusal } from "./refusal.ts";
import type { SessionLimit } from "./session_limit.ts";

/** A pod that a session may be wanted with. */
export interface StreamPod {
  /** Of the object in the API that shows it. */
  readonly uid: string;
  readonly runtime: Runtime;
  /** Its sandbox while it is up. */
  readonly sandbox: { readonly id: string } | undefined;
  /** The id of a container's run; undefined when none runs by this name. */
  runningContainer(name: string): string | undefined;
}

/** The parts of the agent that streams need. */
export interface StreamParts {
  readonly host: Pick<Host, "net" | "clock">;
  /** How many there may be. */
  readonly limit: SessionLimit;
  /** A pod of this node. */
  pod(namespace: string, name: string): StreamPod | undefined;
  /** Whether an address belongs to a pod of this node. */
  isPodAddress(address: string): boolean;
  /** Services' range; its addresses are reached through the node's proxy. */
  serviceCidr(): string;
}

type Header = Readonly<Record<string, unknown>>;

/** The pod that a stream's header names. @throws {Refusal} */
export function podOf(parts: StreamParts, header: Header): StreamPod {
  const { namespace, pod: name, uid } = header;
  const pod = typeof namespace === "string" && typeof name === "string"
    ? parts.pod(namespace, name)
    : undefined;
  // Another pod of the same name may have taken its place meanwhile.
  if (!pod || (typeof uid === "string" && uid !== "" && uid !== pod.uid)) {
    throw new Refusal(404, "pod does not exist");
  }
  return pod;
}

/** The running container that a stream's header names. @throws {Refusal} */
export function containerOf(of: StreamPod, header: Header): string {
  const name = String(header["container"] ?? "");
  const id = of.runningContainer(name);
  if (id === undefined) {
    const { type, pod, namespace } = header;
    // kubelet has two ways to say it
    const why = type === "attach"
      ? `container ${name} not found in pod ${pod}_${namespace}`
      : `container not found ("${name}")`;
    throw new Refusal(500, why);
  }
  return id;
}

/** The port that a stream's header names. @throws {Refusal} */
export function portOf(header: Header): number {
  const port = Number(header["port"]);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Refusal(400, `invalid port "${header["port"]}"`);
  }
  return port;
}
