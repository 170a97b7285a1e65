/**
 * Says in one line what is wrong with the way to the server, and what to do about it.
 *
 * @module
 */
import { HostError } from "../base/host.ts";
import type { Transport } from "../client/client.ts";
import { CliFailure } from "./failure.ts";

/** What the system's many TLS libraries say of a certificate that they do not trust. */
const UNTRUSTED =
  /certificate|UnknownIssuer|self[- ]signed|unable to get (local )?issuer/i;

/** A transport whose failures are told in the user's words. */
export function explainingTransport(
  transport: Transport,
  server: string,
): Transport {
  return {
    async fetch(request) {
      try {
        return await transport.fetch(request);
      } catch (error) {
        throw error instanceof HostError ? explain(error, server) : error;
      }
    },
  };
}

/** The failure of a request that had several tries, in the user's words; its message says to which server it went. */
export function explainRequest(error: HostError): Error {
  const url = /^Cannot [A-Z]+ (\S+): /.exec(error.message)?.[1] ?? "";
  return URL.canParse(url) ? explain(error, new URL(url).origin) : error;
}

function explain(error: HostError, server: string): Error {
  const cause = error.message.replace(/^Cannot [A-Z]+ \S+: /, "");
  if (UNTRUSTED.test(cause)) {
    return new CliFailure(
      `Cannot trust the server ${server}: its certificate is not of the authority that the kubeconfig names (${cause}); use the kubeconfig that this server wrote`,
    );
  }
  if (error.code === "closed") {
    return new CliFailure(`The server ${server} closed the connection`);
  }
  return new CliFailure(
    `Cannot reach the server ${server}: ${cause}; is it running, and is this the right kubeconfig?`,
  );
}
