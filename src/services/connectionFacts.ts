/** What a connection that failed tells, read by shape: minifying renames classes. */
export interface ConnectionFacts {
  readonly code: string | undefined;
  readonly message: string;
  /** Where the connection went, when the system says so: it may be a proxy. */
  readonly peer: { readonly address: string; readonly port: number | undefined } | undefined;
}

/** Finds it among the causes of an error. */
export function connectionFacts(error: unknown): ConnectionFacts {
  let current = error;
  let message = '';
  for (let depth = 0; depth < 8 && typeof current === 'object' && current !== null; depth++) {
    const fields = current as Readonly<Record<string, unknown>>;
    if (typeof fields.message === 'string' && fields.message !== '') message = fields.message;
    if (typeof fields.code === 'string' && isSystemCode(fields.code)) {
      return { code: fields.code, message, peer: peerOf(fields) };
    }
    current = fields.cause ?? (Array.isArray(fields.errors) ? (fields.errors as unknown[])[0] : undefined);
  }
  return { code: undefined, message, peer: undefined };
}

/** Its address, or the name for which none was found. */
function peerOf({ address, port, hostname }: Readonly<Record<string, unknown>>): ConnectionFacts['peer'] {
  if (typeof address === 'string' && typeof port === 'number') return { address, port };
  return typeof hostname === 'string' ? { address: hostname, port: undefined } : undefined;
}

function isSystemCode(code: string): boolean {
  return (
    certificateCauses[code] !== undefined ||
    /^(?:E[A-Z_]{2,}|ERR_[A-Z0-9_]+|UND_ERR_[A-Z_]+|CERT_[A-Z_]+|HPE_[A-Z_]+)$/.test(code)
  );
}

/** In words, as the end of a sentence. */
export const connectionCauses: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host is out of reach',
  ENETUNREACH: 'the network is out of reach',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
};

/** The same for certificates. */
export const certificateCauses: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that this computer does not know (self-signed)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified: the service does not send the whole chain',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that this computer does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that this computer does not know',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: "its certificate is not valid yet: check this computer's clock",
  CERT_REVOKED: 'its certificate was revoked',
  CERT_UNTRUSTED: 'its certificate is not trusted',
  CERT_REJECTED: 'its certificate was rejected',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  HOSTNAME_MISMATCH: 'its certificate is for another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak HTTPS there: try http:// or another port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak HTTPS there: try http:// or another port',
};

/** Whether a connection went to another port or name than the service's, and so to a proxy. */
export function isElsewhere(peer: NonNullable<ConnectionFacts['peer']>, baseUrl: string): boolean {
  const { hostname, port, protocol } = new URL(baseUrl);
  if (peer.port === undefined) return peer.address.toLowerCase() !== hostname.replace(/^\[|\]$/g, '');
  return peer.port !== Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port);
}
