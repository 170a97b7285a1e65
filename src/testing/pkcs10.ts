/**
 * Requests for certificates, as clients make them.
 *
 * @module
 */
import { encodeBase64, encodeText } from "../base/bytes.ts";
import {
  bitString,
  objectId,
  sequence,
  set,
  tagged,
  unsignedInteger,
  utf8String,
} from "../base/der.ts";
import type { Host } from "../base/host.ts";
import { decodePemBlock, encodePem } from "../base/pem.ts";

/** A request of a new key: PKCS #10 without attributes, as the API takes it (PEM in base64), and the key. */
export function pkcs10(
  host: Pick<Host, "crypto">,
  { name, organization }: { name: string; organization: string },
): { request: string; privatePem: string } {
  const key = host.crypto.generateKey();
  const attribute = (id: string, value: string) =>
    set(sequence(objectId(id), utf8String(value)));
  const body = sequence(
    unsignedInteger(new Uint8Array([0])),
    sequence(attribute("2.5.4.10", organization), attribute("2.5.4.3", name)),
    decodePemBlock(key.publicPem, "PUBLIC KEY"),
    tagged(0xa0, new Uint8Array()),
  );
  const signature = host.crypto.sign(key.privatePem, body);
  const bytes = sequence(
    body,
    sequence(objectId("1.2.840.10045.4.3.2")),
    bitString(sequence(
      unsignedInteger(signature.subarray(0, 32)),
      unsignedInteger(signature.subarray(32)),
    )),
  );
  const pem = encodePem({ label: "CERTIFICATE REQUEST", bytes });
  return {
    request: encodeBase64(encodeText(pem)),
    privatePem: key.privatePem,
  };
}
