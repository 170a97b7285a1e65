/**
 * Streams from the server to an agent, over the agent's own link, and what their failures mean to a client.
 *
 * @module
 */
import { HostError } from "../../base/host.ts";
import type { Mux, MuxStream } from "../../base/mux.ts";
import { messageOf } from "../../base/errors.ts";
import { unknownError } from "../../api/status.ts";
import type { ApiServer } from "../call.ts";

/** The link of a node. @throws {ApiError} 500 in kube-apiserver's words when it is not connected */
export function linkOf(api: Pick<ApiServer, "links">, node: string): Mux {
  const link = api.links.get(node);
  if (link !== undefined) return link;
  throw unknownError(
    `error dialing backend: node ${JSON.stringify(node)} is not connected`,
  );
}

/** Opens a stream. @throws {ApiError} 500 in kube-apiserver's words when the node is not connected */
export function openNodeStream(
  api: Pick<ApiServer, "links">,
  node: string,
  header: Readonly<Record<string, unknown>>,
): MuxStream {
  const link = linkOf(api, node);
  try {
    return link.open(header);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw unknownError(`error dialing backend: ${error.message}`);
  }
}

/** Why an agent refused a stream: an HTTP status and a text. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

const RESET_BY_PEER = "Stream reset by peer: ";

/** The agent's refusal, when a stream failed with one; undefined for every other failure. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof HostError)) return undefined;
  if (!error.message.startsWith(RESET_BY_PEER)) return undefined;
  const reason = error.message.slice(RESET_BY_PEER.length);
  const match = /^([45]\d\d) (.+)$/s.exec(reason);
  return match === null
    ? undefined
    : { code: Number(match[1]), text: match[2]! };
}

/** What went wrong with a stream, without what the link adds to it. */
export function reasonOf(error: unknown): string {
  const { text } = refusalOf(error) ?? { text: messageOf(error) };
  return text.startsWith(RESET_BY_PEER)
    ? text.slice(RESET_BY_PEER.length)
    : text;
}
