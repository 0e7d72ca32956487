// The messages in Spanish.

import { messagesOf } from './messages-of.js';
import type { SmartMessages } from './smart-messages.js';

/** The messages in Spanish. */
export const spanish: SmartMessages = messagesOf({
  config_invalid: 'Esta aplicación no está bien configurada. Avise al servicio de soporte de la aplicación.',
  pkce_unsupported:
    'Esta aplicación no puede iniciar sesión en este sistema de historias clínicas. Avise al servicio de soporte de la aplicación.',
  json_invalid:
    'Hay un problema con el sistema de historias clínicas. Inténtelo de nuevo más tarde o avise al servicio de soporte de la aplicación.',

  issuer_not_allowed:
    'Esta aplicación no está configurada para el sistema de historias clínicas desde el que se abrió.',
  launch_invalid: 'La aplicación no se pudo abrir desde aquí. Ábrala de nuevo desde la historia clínica.',

  signed_out: 'Inicie sesión.',
  session_expired: 'Su sesión ha terminado. Inicie sesión de nuevo.',
  refresh_in_doubt: 'No se pudo prolongar su sesión. Inicie sesión de nuevo.',
  sign_in_abandoned: 'El inicio de sesión no se completó. Inténtelo de nuevo.',
  popup_blocked:
    'El navegador no abrió la ventana para iniciar sesión. Permita las ventanas emergentes en esta página e inténtelo de nuevo.',

  access_denied: 'No se permitió el acceso, por lo que no se ha iniciado sesión. Puede intentarlo de nuevo.',
  authorization_refused:
    'El sistema de historias clínicas rechazó el inicio de sesión. Inténtelo de nuevo más tarde o avise al servicio de soporte de la aplicación.',
  token_refused: 'No se pudo iniciar sesión. Inténtelo de nuevo más tarde o avise al servicio de soporte de la aplicación.',
  state_unknown: 'Este inicio de sesión ya no es válido. Inicie sesión de nuevo.',
  id_token_invalid:
    'No se sabe con certeza quién ha iniciado sesión, por lo que la aplicación se ha detenido. Inicie sesión de nuevo.',
  launch_context_invalid:
    'No se sabe con certeza de quién es la historia clínica abierta, por lo que la aplicación se ha detenido. Inicie sesión de nuevo.',

  network: 'No se puede acceder al sistema de historias clínicas. Compruebe la conexión e inténtelo de nuevo.',
  aborted: 'La solicitud se ha cancelado.',
  too_many_pages: 'Hay más resultados de los que esta aplicación puede mostrar. Avise al servicio de soporte de la aplicación.',
  logout_remote_failed: 'Aquí se ha cerrado su sesión, pero no se pudo avisar al sistema de historias clínicas.',
  unavailable: 'Esta aplicación no está disponible en este momento. Inténtelo de nuevo.',

  storage_unavailable:
    'El navegador no permite que esta página guarde datos. Permítalo o abra la aplicación en una pestaña aparte.',
  dpop_unavailable:
    'Esta aplicación no funciona en esta ventana. Ábrala en una ventana normal, no privada, o en otro navegador.',
  wasm_unavailable: 'No se pudo cargar una parte de la aplicación. Compruebe la conexión e inténtelo de nuevo.',
  clock_skew: 'El reloj de este dispositivo no está en hora. Ajuste la fecha y la hora e inténtelo de nuevo.',
  lock_timeout: 'Cierre las demás pestañas de esta aplicación e inténtelo de nuevo.',
  internal: 'Se ha producido un error en este navegador. Recargue la página e inténtelo de nuevo.',

  logout: 'Se ha cerrado su sesión.',
  replaced: 'Ha iniciado sesión de nuevo, por lo que la sesión anterior ha terminado.',
  idle: 'Se ha cerrado su sesión porque la aplicación no se ha usado durante un tiempo.',
  identity_changed:
    'Otra persona ha iniciado sesión o se ha abierto otra historia clínica, por lo que su sesión ha terminado. Inicie sesión de nuevo.',
});
