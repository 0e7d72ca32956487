// The messages in German.

import { messagesOf } from './messages-of.js';
import type { SmartMessages } from './smart-messages.js';

/** The messages in German. */
export const german: SmartMessages = messagesOf({
  config_invalid: 'Diese App ist nicht richtig eingerichtet. Bitte wenden Sie sich an den Support der App.',
  pkce_unsupported:
    'Diese App kann sich bei diesem Patientenaktensystem nicht anmelden. Bitte wenden Sie sich an den Support der App.',
  json_invalid:
    'Es gibt ein Problem mit dem Patientenaktensystem. Versuchen Sie es später noch einmal, oder wenden Sie sich an den Support der App.',

  issuer_not_allowed: 'Diese App ist für das Patientenaktensystem, aus dem sie geöffnet wurde, nicht eingerichtet.',
  launch_invalid: 'Die App konnte von hier aus nicht geöffnet werden. Bitte öffnen Sie sie noch einmal aus der Patientenakte.',

  signed_out: 'Bitte melden Sie sich an.',
  session_expired: 'Ihre Sitzung ist beendet. Bitte melden Sie sich noch einmal an.',
  refresh_in_doubt: 'Ihre Sitzung konnte nicht verlängert werden. Bitte melden Sie sich noch einmal an.',
  sign_in_abandoned: 'Die Anmeldung wurde nicht abgeschlossen. Bitte versuchen Sie es noch einmal.',
  popup_blocked:
    'Der Browser hat kein Fenster für die Anmeldung geöffnet. Erlauben Sie Pop-ups für diese Seite, und versuchen Sie es noch einmal.',

  access_denied: 'Der Zugriff wurde nicht erlaubt, daher sind Sie nicht angemeldet. Sie können es noch einmal versuchen.',
  authorization_refused:
    'Das Patientenaktensystem hat die Anmeldung abgelehnt. Versuchen Sie es später noch einmal, oder wenden Sie sich an den Support der App.',
  token_refused: 'Die Anmeldung ist fehlgeschlagen. Versuchen Sie es später noch einmal, oder wenden Sie sich an den Support der App.',
  state_unknown: 'Diese Anmeldung ist nicht mehr gültig. Bitte melden Sie sich noch einmal an.',
  id_token_invalid:
    'Es steht nicht fest, wer angemeldet ist. Deshalb wurde die App angehalten. Bitte melden Sie sich noch einmal an.',
  launch_context_invalid:
    'Es steht nicht fest, wessen Patientenakte geöffnet ist. Deshalb wurde die App angehalten. Bitte melden Sie sich noch einmal an.',

  network: 'Das Patientenaktensystem ist nicht erreichbar. Prüfen Sie die Verbindung, und versuchen Sie es noch einmal.',
  aborted: 'Die Anfrage wurde abgebrochen.',
  too_many_pages: 'Es gibt mehr Ergebnisse, als diese App anzeigen kann. Bitte wenden Sie sich an den Support der App.',
  logout_remote_failed: 'Sie sind hier abgemeldet, aber das Patientenaktensystem konnte nicht benachrichtigt werden.',
  unavailable: 'Diese App ist zurzeit nicht verfügbar. Bitte versuchen Sie es noch einmal.',

  storage_unavailable:
    'Der Browser lässt nicht zu, dass diese Seite Daten speichert. Erlauben Sie es, oder öffnen Sie die App in einem eigenen Tab.',
  dpop_unavailable:
    'Diese App funktioniert in diesem Fenster nicht. Öffnen Sie sie in einem normalen, nicht privaten Fenster oder in einem anderen Browser.',
  wasm_unavailable: 'Ein Teil der App konnte nicht geladen werden. Prüfen Sie die Verbindung, und versuchen Sie es noch einmal.',
  clock_skew: 'Die Uhr dieses Geräts geht falsch. Stellen Sie Datum und Uhrzeit richtig ein, und versuchen Sie es noch einmal.',
  lock_timeout: 'Bitte schließen Sie andere Tabs mit dieser App, und versuchen Sie es noch einmal.',
  internal: 'Im Browser ist ein Fehler aufgetreten. Laden Sie die Seite neu, und versuchen Sie es noch einmal.',

  logout: 'Sie sind abgemeldet.',
  replaced: 'Sie haben sich neu angemeldet, daher wurde die vorherige Sitzung beendet.',
  idle: 'Sie wurden abgemeldet, weil die App eine Zeit lang nicht benutzt wurde.',
  identity_changed:
    'Eine andere Person hat sich angemeldet, oder eine andere Akte wurde geöffnet, daher wurde Ihre Sitzung beendet. Bitte melden Sie sich noch einmal an.',
});
