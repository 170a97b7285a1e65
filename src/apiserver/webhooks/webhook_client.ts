/**
 * Calls webhooks: by URL, or as a service of the cluster, whose endpoints are reached through the links of their nodes.
 *
 * @module
 */
import { messageOf } from "../../base/errors.ts";
import { type DialOptions, HostError } from "../../base/host.ts";
import { type DuplexStream, requestOver } from "../../base/http1.ts";
import { decodeBase64, decodeText, encodeText } from "../../base/bytes.ts";
import type { ApiServer } from "../call.ts";
import { endpointOf } from "./service_endpoint.ts";

/** How a webhook is reached; as API objects have it. */
export interface WebhookAddress {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path?: string;
    readonly port?: number;
  };
  /** Base64 of PEM. */
  readonly caBundle?: string;
}

/** The parts of the server that calls need. */
export type WebhookServer = Pick<ApiServer, "host" | "store" | "links">;

/** The largest answer that is read. */
const ANSWER_LIMIT_BYTES = 3 * 1024 * 1024;

/** The webhook could not be asked, in Kubernetes' words. */
export class WebhookCallError extends Error {
  override readonly name = "WebhookCallError";
}

/** Posts JSON, and reads the answer's. @throws {WebhookCallError} */
export async function callWebhook(
  server: WebhookServer,
  address: WebhookAddress,
  call: {
    readonly body: unknown;
    readonly timeoutSeconds: number;
    /** What precedes the text of errors. @default "" */
    readonly prefix?: string;
  },
): Promise<unknown> {
  const { timeoutSeconds, prefix = "" } = call;
  const url = `${urlOf(address)}?timeout=${timeoutSeconds}s`;
  const signal = server.host.clock.timeout(timeoutSeconds * 1000);
  let answer: { status: number; text: string };
  try {
    const body = JSON.stringify(call.body);
    answer = address.service === undefined
      ? await callUrl(server, { url, address, body, signal })
      : await callService(server, { url, address, body, signal });
  } catch (error) {
    const why = signal.aborted ? "context deadline exceeded" : whyFailed(error);
    throw new WebhookCallError(
      `${prefix}Post ${JSON.stringify(url)}: ${why}`,
      { cause: error },
    );
  }
  if (answer.status < 200 || answer.status > 299) {
    throw new WebhookCallError(
      `${prefix}${refusalText(answer.status, answer.text)}`,
    );
  }
  try {
    return JSON.parse(answer.text);
  } catch (error) {
    throw new WebhookCallError(
      `${prefix}couldn't get version/kind; json parse error: ${
        messageOf(error)
      }`,
    );
  }
}

/** As Kubernetes names it: with the port, even 443. */
function urlOf({ url = "", service }: WebhookAddress): string {
  if (service === undefined) return url;
  const { name, namespace, port = 443, path = "" } = service;
  return `https://${name}.${namespace}.svc:${port}${path || "/"}`;
}

interface Prepared {
  readonly url: string;
  readonly address: WebhookAddress;
  readonly body: string;
  readonly signal: AbortSignal;
}

const HEADERS = {
  "content-type": "application/json",
  accept: "application/json, */*",
  "user-agent": "kube-apiserver-admission",
};

function trustOf({ caBundle }: WebhookAddress): Pick<DialOptions, "ca"> {
  return caBundle ? { ca: decodeText(decodeBase64(caBundle)) } : {};
}

async function callUrl(
  { host }: WebhookServer,
  { url, address, body, signal }: Prepared,
): Promise<{ status: number; text: string }> {
  const request = new Request(url, { method: "POST", headers: HEADERS, body });
  const answer = await host.net.fetch(request, { ...trustOf(address), signal });
  const text = await readLimited(answer.body);
  return { status: answer.status, text };
}

async function callService(
  server: WebhookServer,
  { url, address, body, signal }: Prepared,
): Promise<{ status: number; text: string }> {
  const { name, namespace, port = 443 } = address.service!;
  const serverName = `${name}.${namespace}.svc`;
  const endpoint = endpointOf(server, { name, namespace, port });
  const secured = await abortable(
    openEndpoint(server, endpoint, signal).then((stream) =>
      server.host.net.startTls(stream, { serverName, ...trustOf(address) })
    ),
    signal,
    (stream) => stream.close(),
  );
  const stream: DuplexStream = {
    readable: secured.readable,
    writable: secured.writable,
    reset: () => secured.close(),
  };
  const bytes = encodeText(body);
  try {
    const answer = await requestOver(stream, {
      method: "POST",
      path: url.slice(url.indexOf("/", "https://".length)),
      headers: new Headers({ ...HEADERS, host: `${serverName}:${port}` }),
      body: new Blob([bytes]).stream(),
      bodyBytes: bytes.length,
    }, { signal });
    return { status: answer.status, text: await readLimited(answer.body) };
  } finally {
    secured.close();
  }
}

/** The bytes to an endpoint: through its node's link, or directly where there is none. */
async function openEndpoint(
  { links, host }: WebhookServer,
  { host: hostname, port, node }: ReturnType<typeof endpointOf>,
  signal: AbortSignal,
) {
  const link = node === undefined ? undefined : links.get(node);
  return link?.open({ type: "connect", host: hostname, port }) ??
    await host.net.dial({ hostname, port }, { signal });
}

/** The work, unless the signal comes first; what the work makes too late is let go. */
function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal,
  letGo: (late: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      work.then(letGo, () => {});
      reject(signal.reason);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() =>
      signal.removeEventListener("abort", onAbort)
    );
  });
}

async function readLimited(
  body: ReadableStream<Uint8Array> | null,
): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > ANSWER_LIMIT_BYTES) {
      throw new HostError(
        "invalid",
        `Response body is larger than ${ANSWER_LIMIT_BYTES} bytes`,
      );
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function whyFailed(error: unknown): string {
  const text = messageOf(error);
  if (!(error instanceof HostError)) return text;
  switch (error.code) {
    case "refused":
      return "connect: connection refused";
    case "closed":
      return "EOF";
    case "invalid":
      return /certificate|self.signed|issuer|authority|altname/i.test(text)
        ? `tls: failed to verify certificate: x509: ${text}`
        : text;
    default:
      return text;
  }
}

/** How Kubernetes' client words answers that are no success. */
function refusalText(status: number, text: string): string {
  switch (status) {
    case 401:
      return "the server has asked for the client to provide credentials";
    case 404:
      return "the server could not find the requested resource";
    case 405:
      return "the server does not allow this method on the requested resource";
    case 500:
    case 502:
    case 504:
      return `an error on the server (${
        JSON.stringify(text.trim().slice(0, 2048))
      }) has prevented the request from succeeding`;
    case 503:
      return "the server is currently unable to handle the request";
    default:
      return "the server rejected our request for an unknown reason";
  }
}
