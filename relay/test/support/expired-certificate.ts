/** A self-signed certificate for the name `localhost`, and its key, which protects nothing. */

const pem = (label: string, base64: string): string => `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;

/** The times between which the certificate was valid, in milliseconds since 1970. */
export const VALID_FROM = Date.UTC(2026, 0, 1);
export const VALID_TO = Date.UTC(2026, 0, 11);

const CERTIFICATE =
  'MIIBfDCCASOgAwIBAgIUTtoeCTT4twTx+iIpUXHEErxcCPUwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3N0MB4XDTI2' +
  'MDEwMTAwMDAwMFoXDTI2MDExMTAwMDAwMFowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE' +
  'FiifbuOyFHJ0BOcMvKQAwbdn2riFBS3Nfqjc/8+YnjirJktT5U5+0hC1jJq2zKmn1KDO7rka5TUy4SVbLkENpqNTMFEwHQYDVR0O' +
  'BBYEFJPgX90jecDyiGdYV6z+f/upZCz5MB8GA1UdIwQYMBaAFJPgX90jecDyiGdYV6z+f/upZCz5MA8GA1UdEwEB/wQFMAMBAf8w' +
  'CgYIKoZIzj0EAwIDRwAwRAIgTEwrWPr5H1ld4llvlcG9nLhTZOTf4R8DxnElWWMTyfsCIDB6CTvgFYSS3imDhgdgBVrE4c91S8wO' +
  'Q8nJ96KAFHep';
const CERTIFICATE_KEY =
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdjOkQvFdcMoloOme12CSIvLublz1ym0FOFEiSONxg66hRANCAAQW' +
  'KJ9u47IUcnQE5wy8pADBt2fauIUFLc1+qNz/z5ieOKsmS1PlTn7SELWMmrbMqafUoM7uuRrlNTLhJVsuQQ2m';

/** The certificate and the key as options of a TLS server. */
export const EXPIRED_CERTIFICATE = {
  cert: pem('CERTIFICATE', CERTIFICATE),
  key: pem('PRIVATE KEY', CERTIFICATE_KEY),
};
