/**
 * What a registry knows of its contents: rows in a KV. A row is written only when the contents that it tells of are stored.
 *
 * | KV key below the prefix | value |
 * | --- | --- |
 * | `repository, name` | that it is there |
 * | `blob, repository, digest` | its size |
 * | `manifest, repository, digest` | {@linkcode ManifestRow} |
 * | `holder, digest, repository, blob` or `manifest` | that a repository has the content, and as what |
 * | `reference, repository, digest, manifest` | that a manifest refers to a content or another manifest |
 * | `tag, repository, tag` | the manifest's digest |
 * | `tagged, repository, manifest, tag` | that a manifest has a tag |
 * | `referrer, repository, subject, manifest` | the manifest's artifact type |
 * | `upload, id` | {@linkcode UploadRow} |
 *
 * @module
 */
import type { Kv } from "../../base/host.ts";
import type { ContentDigest } from "../../base/oci/content_digest.ts";

/** A manifest of a repository. */
export interface ManifestRow {
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** The manifest that it says something about. */
  readonly subject?: ContentDigest;
  /** What kind of artifact it is, for who looks for referrers. */
  readonly artifactType?: string;
}

/** An upload that has not become a content. */
export interface UploadRow {
  readonly repository: string;
}

/** As what a repository has a content. */
export type HeldAs = "blob" | "manifest";

/** Which part of a list is wanted. */
export interface Page {
  /** Begins after this one. @default at the beginning */
  readonly after?: string;
  /** @default all of it */
  readonly limit?: number;
}

/** Changes that one commit takes (KV allows 1000). */
const CHANGES_PER_COMMIT = 400;

/** See the module. What concerns one repository must be changed by one caller at a time. */
export class RegistryIndex {
  readonly #kv: Kv;
  readonly #prefix: Deno.KvKey;

  constructor(kv: Kv, prefix: Deno.KvKey) {
    this.#kv = kv;
    this.#prefix = prefix;
  }

  /** Whether a repository is known. */
  async hasRepository(repository: string): Promise<boolean> {
    return await this.#get(["repository", repository]) !== undefined;
  }

  /** Size of a blob of a repository; undefined when it has none of that digest. */
  async blobSize(
    repository: string,
    digest: ContentDigest,
  ): Promise<number | undefined> {
    return await this.#get<number>(["blob", repository, digest]);
  }

  /** Gives a repository a blob, whose content is stored. */
  async addBlob(
    repository: string,
    digest: ContentDigest,
    blob: {
      readonly sizeBytes: number;
      /** The upload that it was. */
      readonly upload?: string;
    },
  ): Promise<void> {
    const atomic = this.#kv.atomic()
      .set(this.#key("repository", repository), true)
      .set(this.#key("blob", repository, digest), blob.sizeBytes)
      .set(this.#key("holder", digest, repository, "blob"), true);
    if (blob.upload !== undefined) {
      atomic.delete(this.#key("upload", blob.upload));
    }
    await atomic.commit();
  }

  /** Takes a blob from a repository. */
  async removeBlob(repository: string, digest: ContentDigest): Promise<void> {
    await this.#kv.atomic()
      .delete(this.#key("blob", repository, digest))
      .delete(this.#key("holder", digest, repository, "blob")).commit();
  }

  /** A manifest; undefined when the repository has none of that digest. */
  async manifest(
    repository: string,
    digest: ContentDigest,
  ): Promise<ManifestRow | undefined> {
    return await this.#get<ManifestRow>(["manifest", repository, digest]);
  }

  /**
   * Gives a repository a manifest, whose content is stored, and tags. That it refers to others is written before it: should it end there, no manifest
   * is there and the references count for nothing.
   */
  async putManifest(
    repository: string,
    digest: ContentDigest,
    put: {
      readonly row: ManifestRow;
      readonly references: readonly ContentDigest[];
      readonly tags: readonly string[];
    },
  ): Promise<void> {
    const { row, references, tags } = put;
    await this.#inParts(references, (atomic, target) => {
      atomic.set(this.#key("reference", repository, target, digest), true);
    });
    const atomic = this.#kv.atomic()
      .set(this.#key("repository", repository), true)
      .set(this.#key("manifest", repository, digest), row)
      .set(this.#key("holder", digest, repository, "manifest"), true);
    if (row.subject !== undefined) {
      atomic.set(
        this.#key("referrer", repository, row.subject, digest),
        row.artifactType ?? "",
      );
    }
    for (const tag of tags) {
      const before = await this.tag(repository, tag);
      if (before !== undefined) {
        atomic.delete(this.#key("tagged", repository, before, tag));
      }
      atomic.set(this.#key("tag", repository, tag), digest)
        .set(this.#key("tagged", repository, digest, tag), true);
    }
    await atomic.commit();
  }

  /** Takes a manifest with all its tags from a repository. @param references what it refers to */
  async removeManifest(
    repository: string,
    digest: ContentDigest,
    references: readonly ContentDigest[],
  ): Promise<void> {
    const row = await this.manifest(repository, digest);
    const tags: string[] = [];
    for await (const key of this.#keys(["tagged", repository, digest])) {
      tags.push(String(key.at(-1)));
    }
    await this.#inParts(tags, (atomic, tag) => {
      atomic.delete(this.#key("tagged", repository, digest, tag))
        .delete(this.#key("tag", repository, tag));
    });
    const atomic = this.#kv.atomic()
      .delete(this.#key("manifest", repository, digest))
      .delete(this.#key("holder", digest, repository, "manifest"));
    if (row?.subject !== undefined) {
      atomic.delete(this.#key("referrer", repository, row.subject, digest));
    }
    await atomic.commit();
    await this.#inParts(references, (parts, target) => {
      parts.delete(this.#key("reference", repository, target, digest));
    });
  }

  /** The manifest that a tag is of. */
  async tag(
    repository: string,
    tag: string,
  ): Promise<ContentDigest | undefined> {
    return await this.#get<ContentDigest>(["tag", repository, tag]);
  }

  /** Removes a tag; its manifest stays. */
  async removeTag(repository: string, tag: string): Promise<void> {
    const digest = await this.tag(repository, tag);
    if (digest === undefined) return;
    await this.#kv.atomic()
      .delete(this.#key("tag", repository, tag))
      .delete(this.#key("tagged", repository, digest, tag)).commit();
  }

  /** Tags of a repository, in the order of their bytes. */
  tags(repository: string, page: Page = {}): AsyncIterable<string> {
    return this.#names(["tag", repository], page);
  }

  /** All repositories, in the order of their bytes. */
  repositories(page: Page = {}): AsyncIterable<string> {
    return this.#names(["repository"], page);
  }

  /** Blobs of a repository. */
  blobs(repository: string): AsyncIterable<ContentDigest> {
    return this.#names(["blob", repository], {});
  }

  /** Manifests that say something about one, with their artifact types. */
  async *referrers(
    repository: string,
    subject: ContentDigest,
    page: Page = {},
  ): AsyncIterable<{ digest: ContentDigest; artifactType: string }> {
    const found = this.#list<string>(["referrer", repository, subject], page);
    for await (const { key, value } of found) {
      yield { digest: key.at(-1) as ContentDigest, artifactType: value };
    }
  }

  /** Repositories that have a content as a blob. */
  async *holders(digest: ContentDigest): AsyncIterable<string> {
    for await (const key of this.#keys(["holder", digest])) {
      if (key.at(-1) === "blob" satisfies HeldAs) yield String(key.at(-2));
    }
  }

  /** Whether any repository has a content. */
  isHeld(digest: ContentDigest): Promise<boolean> {
    return this.#hasAny(["holder", digest]);
  }

  /** Whether a manifest of the repository refers to a content. A reference alone says nothing: its manifest may be gone, or not be there yet. */
  async isReferenced(
    repository: string,
    digest: ContentDigest,
  ): Promise<boolean> {
    for await (const key of this.#keys(["reference", repository, digest])) {
      const manifest = key.at(-1) as ContentDigest;
      if (await this.manifest(repository, manifest) !== undefined) return true;
    }
    return false;
  }

  /** Forgets references of manifests that are gone. */
  async removeReferences(
    repository: string,
    digest: ContentDigest,
  ): Promise<void> {
    for await (const key of this.#keys(["reference", repository, digest])) {
      await this.#kv.atomic().delete(key).commit();
    }
  }

  /** Forgets a repository that has nothing any more. @returns whether it had nothing */
  async removeEmpty(repository: string): Promise<boolean> {
    for (const table of ["blob", "manifest", "tag"]) {
      if (await this.#hasAny([table, repository])) return false;
    }
    await this.#kv.atomic().delete(this.#key("repository", repository))
      .commit();
    return true;
  }

  /** An upload. */
  async upload(id: string): Promise<UploadRow | undefined> {
    return await this.#get<UploadRow>(["upload", id]);
  }

  /** Notes that an upload begins. */
  async addUpload(id: string, row: UploadRow): Promise<void> {
    await this.#kv.atomic().set(this.#key("upload", id), row).commit();
  }

  /** Forgets an upload. */
  async removeUpload(id: string): Promise<void> {
    await this.#kv.atomic().delete(this.#key("upload", id)).commit();
  }

  /** All uploads. */
  async *uploads(): AsyncIterable<UploadRow & { readonly id: string }> {
    for await (const { key, value } of this.#list<UploadRow>(["upload"])) {
      yield { id: String(key.at(-1)), ...value };
    }
  }

  /** Commits changes, as many at once as a commit takes. */
  async #inParts<T>(
    items: readonly T[],
    change: (atomic: Deno.AtomicOperation, item: T) => void,
  ): Promise<void> {
    for (let from = 0; from < items.length; from += CHANGES_PER_COMMIT) {
      const atomic = this.#kv.atomic();
      for (const item of items.slice(from, from + CHANGES_PER_COMMIT)) {
        change(atomic, item);
      }
      await atomic.commit();
    }
  }

  async *#names<T extends string>(
    at: Deno.KvKey,
    page: Page,
  ): AsyncIterable<T> {
    for await (const { key } of this.#list(at, page)) yield key.at(-1) as T;
  }

  async *#keys(at: Deno.KvKey): AsyncIterable<Deno.KvKey> {
    for await (const { key } of this.#list(at)) yield key;
  }

  async #hasAny(at: Deno.KvKey): Promise<boolean> {
    for await (const _ of this.#list(at, { limit: 1 })) return true;
    return false;
  }

  #list<T>(at: Deno.KvKey, page: Page = {}): Deno.KvListIterator<T> {
    const prefix = this.#key(...at);
    const { after, limit } = page;
    return this.#kv.list<T>(
      after === undefined
        ? { prefix }
        : { prefix, start: [...prefix, `${after}\0`] },
      limit === undefined ? {} : { limit },
    );
  }

  async #get<T>(at: Deno.KvKey): Promise<T | undefined> {
    return (await this.#kv.get<T>(this.#key(...at))).value ?? undefined;
  }

  #key(...parts: Deno.KvKey): Deno.KvKey {
    return [...this.#prefix, ...parts];
  }
}
