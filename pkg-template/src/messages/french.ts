// The messages in French.

import { messagesOf } from './messages-of.js';
import type { SmartMessages } from './smart-messages.js';

/** The messages in French. */
export const french: SmartMessages = messagesOf({
  config_invalid: 'Cette application n’est pas configurée correctement. Contactez l’assistance de l’application.',
  pkce_unsupported:
    'Cette application ne permet pas de se connecter à ce système de dossiers médicaux. Contactez l’assistance de l’application.',
  json_invalid:
    'Il y a un problème avec le système de dossiers médicaux. Réessayez plus tard ou contactez l’assistance de l’application.',

  issuer_not_allowed:
    'Cette application n’est pas configurée pour le système de dossiers médicaux depuis lequel elle a été ouverte.',
  launch_invalid: 'L’application n’a pas pu être ouverte à partir d’ici. Ouvrez-la à nouveau depuis le dossier médical.',

  signed_out: 'Veuillez vous connecter.',
  session_expired: 'Votre session est terminée. Veuillez vous reconnecter.',
  refresh_in_doubt: 'Votre session n’a pas pu être prolongée. Veuillez vous reconnecter.',
  sign_in_abandoned: 'La connexion n’a pas été menée à terme. Veuillez réessayer.',
  popup_blocked:
    'Le navigateur n’a pas ouvert la fenêtre de connexion. Autorisez les fenêtres pop-up pour cette page et réessayez.',

  access_denied: 'L’accès n’a pas été autorisé, la connexion n’a donc pas eu lieu. Vous pouvez réessayer.',
  authorization_refused:
    'Le système de dossiers médicaux a refusé la connexion. Réessayez plus tard ou contactez l’assistance de l’application.',
  token_refused: 'La connexion a échoué. Réessayez plus tard ou contactez l’assistance de l’application.',
  state_unknown: 'Cette connexion n’est plus valable. Veuillez vous reconnecter.',
  id_token_invalid:
    'Impossible de savoir avec certitude qui est connecté : l’application s’est arrêtée. Veuillez vous reconnecter.',
  launch_context_invalid:
    'Impossible de savoir avec certitude à qui appartient le dossier ouvert : l’application s’est arrêtée. Veuillez vous reconnecter.',

  network: 'Le système de dossiers médicaux est injoignable. Vérifiez la connexion au réseau et réessayez.',
  aborted: 'La demande a été interrompue.',
  too_many_pages: 'Il y a plus de résultats que cette application ne peut en afficher. Contactez l’assistance de l’application.',
  logout_remote_failed: 'Votre session est fermée ici, mais le système de dossiers médicaux n’a pas pu en être informé.',
  unavailable: 'Cette application n’est pas disponible pour le moment. Veuillez réessayer.',

  storage_unavailable:
    'Le navigateur ne permet pas à cette page d’enregistrer des données. Autorisez-le ou ouvrez l’application dans son propre onglet.',
  dpop_unavailable:
    'Cette application ne fonctionne pas dans cette fenêtre. Ouvrez-la dans une fenêtre normale, non privée, ou dans un autre navigateur.',
  wasm_unavailable: 'Une partie de l’application n’a pas pu être chargée. Vérifiez la connexion au réseau et réessayez.',
  clock_skew: 'L’horloge de cet appareil n’est pas à l’heure. Réglez la date et l’heure et réessayez.',
  lock_timeout: 'Fermez les autres onglets de cette application et réessayez.',
  internal: 'Une erreur s’est produite dans ce navigateur. Rechargez la page et réessayez.',

  logout: 'Votre session est fermée.',
  replaced: 'Vous avez ouvert une nouvelle session, la précédente est donc terminée.',
  idle: 'Votre session a été fermée, car l’application n’a pas été utilisée pendant un certain temps.',
  identity_changed:
    'Une autre personne s’est connectée ou un autre dossier a été ouvert, votre session est donc terminée. Veuillez vous reconnecter.',
});
