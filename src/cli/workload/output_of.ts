/**
 * What containers print.
 *
 * @module
 */
import { queryString } from "../../client/paths.ts";
import type { Client } from "../../client/client.ts";
import { responseError } from "../../client/response_error.ts";

/** Lines that are shown of a container that failed. */
const SHOWN_LINES = 20;

/** The output of a pod's container as it comes, until it ends. */
export async function followOutput(
  client: Client,
  { namespace, pod, container, tailLines, signal }: {
    readonly namespace: string;
    readonly pod: string;
    readonly container?: string;
    readonly tailLines?: number;
    readonly signal?: AbortSignal;
  },
): Promise<ReadableStream<Uint8Array>> {
  const response = await client.raw(
    `/api/v1/namespaces/${namespace}/pods/${pod}/log${
      queryString({ follow: true, container, tailLines })
    }`,
    signal ? { signal } : {},
  );
  if (!response.ok) throw await responseError(response);
  return response.body ?? new ReadableStream();
}

/** The last lines of a container that has run: of its last run where it runs again. "" when there are none to be had. */
export async function recentOutput(
  client: Client,
  { namespace, pod }: { readonly namespace: string; readonly pod: string },
): Promise<string> {
  for (const previous of [true, false]) {
    const response = await client.raw(
      `/api/v1/namespaces/${namespace}/pods/${pod}/log${
        queryString({ tailLines: SHOWN_LINES, previous })
      }`,
    );
    const text = await response.text();
    if (response.ok && text !== "") return text;
  }
  return "";
}
