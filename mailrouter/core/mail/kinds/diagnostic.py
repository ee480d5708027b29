"""What a diagnostic means, by its words: the subject and detail of RFC 3463 for reports that write no code.

One row per meaning, in order: the first that matches decides. Words are compared lower case, without accents; English
as most mail systems write it, French as French ones do, with a few of German, Spanish, Italian and Japanese systems.
"""

from __future__ import annotations

import re
from functools import cache

from mailrouter.core.mail.letters import fold

_SCAN = 4000

MEANINGS: tuple[tuple[str, str, str], ...] = (
    # detail, what it means, the words
    (
        "1.8",
        "sender refused",
        r"sender(?:'s)?(?: address| domain| e-?mail)?[^.]{0,40}(?:reject|refus|not found|does not exist|unknown|invalid|denied|verif)"
        r"|domain of sender|expediteur[^.]{0,40}(?:refus|rejet|inconnu|invalide)",
    ),
    (
        "2.2",
        "mailbox full",
        r"(?:mailbox|mail box|mail ?folder|mail file|inbox|boite|bal|messagerie)\b.{0,40}(?:full|exceed|over|limit|plein|sature|depass)"
        r"|(?:over|exceed\w*|out of|depass\w*) (?:\w+ ){0,4}(?:quota|storage|disk|space|capacity)"
        r"|quota.{0,30}(?:exceed|full|depass|atteint|overdrawn)|overdrawn|disk quota"
        r"|(?:not|does not have|doesn't have|insufficient|no) (?:enough |sufficient )?(?:disk ?|storage ?|system storage ?)?space"
        r"|not enough (?:storage|disk)|insufficient (?:system )?(?:storage|disk)|maildir over quota|full mailbox"
        r"|number of messages in recipient's mailbox|espace (?:disque )?insuffisant|recipient storage full"
        r"|has exceeded (?:his|her|their|its)"
        r"|(?:postfach|speicher\w*).{0,40}(?:voll|erschopft|uberschritten)|buzon.{0,40}llen|casella.{0,40}pien|caixa.{0,40}chei"
        r"|(?:postlada|inkorg|brevlada|postkasse|innboks|indbakke).{0,30}\b(?:full|fuld|fylt)\b|(?:casuta|cutia).{0,40}plina|postilaatikko.{0,30}taynna"
        r"|(?:postbus|postvak|mailbox).{0,40}\bvol\b|skrzynk.{0,40}pe?l?na|przepelnion"
        r"|(?:cuota|quota|espacio|spazio|espaco|kontingent).{0,30}(?:excedid|superad|superat|esaurit|agotad|esgotad|uberschritten)",
    ),
    (
        "3.4",
        "message too big",
        r"(?:message|mail|size|header|data)s? (?:\w+ ){0,4}(?:too (?:big|large|long)|exceed\w*.{0,25}(?:size|limit|max))"
        r"|too (?:big|large) (?:message|for system)|size limit|maximum (?:message )?size|(?:message|taille).{0,30}(?:trop|volumineu)"
        r"|exceeds? (?:the )?(?:fixed )?maximum|taille maxim|zu gross|demasiado grande|muito grande|troppo grande|te groot|for stor[at]?\b|liian suuri|prea mare"
        r"|(?:tamano|tamanho|dimension\w*|grootte|storlek\w*) .{0,20}maxim|(?:supera|excede|ultrapassa).{0,30}(?:tamano|tamanho|dimensi)",
    ),
    (
        "2.1",
        "account disabled",
        r"(?:account|mailbox|user|address|recipient|compte|boite).{0,40}"
        r"(?:disabled|inactive|suspend|deactivat|discontinued|frozen|locked|expired|closed|desactiv|ferme|cloture|bloqu|resilie)"
        r"|(?:disabled|inactive|suspended|inactif) (?:account|mailbox|user|recipient|compte)"
        r"|(?:konto|postfach|cuenta|buzon|account|casella|conta|caixa|mailbox).{0,40}"
        r"(?:deaktiviert|gesperrt|desactivad|deshabilitad|suspendid|disattivat|disabilitat|sospes|desativad|suspens|geblokkeerd|uitgeschakeld)",
    ),
    (
        "1.6",
        "moved",
        r"no longer (?:on|at|with|employed|in use|available|valid|works?|exists?)|(?:has|have) moved|not our customer"
        r"|n'est plus (?:utilise|valide|en service|active)|a quitte|plus (?:valide|active|utilisee)|has left",
    ),
    (
        "4.4",
        "no host or no route for the domain",
        r"\bdomain (?:name )?\S{1,80} (?:was |is |could )?(?:not (?:be )?found|unknown|does(?: not|n't) exist)|(?:host|domain|dns)(?: or domain)?(?: name)?[^.]{0,60}(?:not found|unknown|does(?: not|n't) exist|nxdomain|no(?:t| such) exist|lookup fail)"
        r"|(?:unknown|invalid|illegal|bad|unroutable|no such) (?:host|domain|mail domain|destination)|unrout(?:e)?able"
        r"|no (?:mx|a record|mail (?:server|exchanger)|route to)|dns (?:error|lookup)|name (?:service|server) error|name server"
        r"|couldn't find any host|domain.{0,60}couldn't be found|(?:domaine?|serveur|hote).{0,40}(?:introuvable|inconnu|inexistant|n'existe)"
        r"|dom(?:ain\w*|inio|einnaam|ane|enet).{0,60}(?:existiert nicht|nicht gefunden|unbekannt|no existe|no (?:se )?(?:ha )?encontr|non esiste|non trovat|inesistente|nao (?:existe|encontrad|foi encontrad)|inexistente|bestaat niet|niet gevonden|finns inte|findes ikke|finnes ikke)"
        r"|nom de domaine.{0,30}n'existe|non routable|does not accept (?:e-?)?mail|doesn't receive e?mail|null mx|relais inconnu|host/domain",
    ),
    (
        "1.1",
        "no such user",
        r"(?<!sender )(?:user|recipient|mailbox|address|account|name|customer|e-?mail|subscriber|person|alias)s?\b.{0,60}"
        r"(?:unknown|not (?:be )?(?:found|exist|known|recogni[sz]ed|listed|registered|valid|local|unique|a (?:valid|registered))"
        r"|does(?: not|n't) exist|no(?:t|n-?) ?exist\w*|wasn't found|couldn't be found|invalid|unavailable|is(?:n't| not) (?:a )?valid|rejected)"
        r"|(?:unknown|invalid|no such|bad|nonexistent|non-existent|incorrect|undefined|unrecogni[sz]ed)[ -]"
        r"(?:or \w+ )?(?:local )?(?:user|recipient|mailbox|address|account|mail ?box|person|e-?mail|destinataire|local part|o/?r[ -]?name)"
        r"|no mailbox|no account|not? (?:\w+ ){0,2}mailbox here|doesn't have an? .{0,40}account|unknown to|not listed in|no local mailbox"
        r"|usernotfound|user ?search|recipnotfound|recipientnotfound|recipient not found|not a (?:known|registered|gateway)"
        r"|(?:adresse|destinataire|utilisateur|usager|boite|compte|bal|correspondant)s?\b.{0,50}"
        r"(?:inconnu|introuvable|n'existe (?:pas|plus)|inexistant|invalide|incorrect|errone|pas (?:ete )?(?:trouve|reconnu|repertorie|reference|liste)"
        r"|ne figure pas|non (?:trouve|valide|reconnu|repertorie))"
        r"|(?:n'a pas ete trouvee? (?:a|dans|chez|sur)|non e stat[oa] trovat[oa] (?:in|su|presso)|nao foi encontrad[oa] em|wasn't found at|was not found at|hittades inte (?:pa|i)) \S{1,80}\.\w|wurde (?:unter|bei|in) \S{1,80} nicht gefunden"
        r"|(?:inconnu|inexistant)e? (?:a cette adresse|dans|chez)|unbekannt|existiert nicht|no existe|desconocid|non esiste|sconosciut"
        r"|(?:adresse|empfanger|postfach|benutzer).{0,60}(?:nicht (?:gefunden|bekannt|vorhanden)|ungultig)"
        r"|(?:destinatario|direccion|usuario|buzon|cuenta)s?\b.{0,60}(?:no (?:se )?(?:ha )?(?:encontr|valid)|no (?:fue|ha sido) encontr|inexistente|incorrect)"
        r"|(?:destinatario|indirizzo|utente|casella)\b.{0,60}(?:non (?:e stat\w )?(?:trovat|valid)|inesistente|errat)"
        r"|(?:destinatario|endereco|utilizador|usuario|caixa)s?\b.{0,60}(?:nao (?:foi )?(?:encontrad|existe)|inexistente|invalid)"
        r"|(?:adres|ontvanger|gebruiker|geadresseerde)\b.{0,60}(?:onbekend|niet gevonden|bestaat niet|ongeldig)"
        r"|nie istnieje|nieznan\w+ (?:uzytkownik|adres|odbiorc)|hittades inte|findes ikke|finnes ikke"
        r"|desconhecid|onbekende? (?:gebruiker|adres|ontvanger)|(?:anvandare|mottagare|bruker|bruger|modtager|mottaker)\w* .{0,30}(?:finns inte|findes ikke|finnes ikke|okand|ukendt|ukjent)|tuntematon"
        r"|(?:utilizator|destinatar|adres)\w* .{0,30}(?:nu exista|inexistent|necunoscut)|invalid user|not a user|auc\w+ (?:utilisateur|destinataire|compte|boite)|pas d'(?:utilisateur|abonne) |no se (?:ha )?encontr\w+ (?:el |la |al )?(?:destinatario|usuario|direccion|buzon|cuenta)",
    ),
    (
        "4.1",
        "refused to talk at all",
        r"\A(?!.*(?:spam|block|policy|black|reputation)).*(?:connection (?:was )?refused|(?:did|do) not accept our requests to connect|connexion refusee|verbindung abgelehnt|conexion rechazada)",
    ),
    (
        "7.1",
        "refused by policy",
        r"spam|\bube\b|unsolicited|blacklist|black list|block(?:ed)?(?: list|list)?\b|\brbl\b|\bdnsbl\b|spamhaus|reputation|policy|denied"
        r"|not (?:allowed|permitted|authori[sz]ed|accepted)|unauthori[sz]ed|unauthenticated|authentication|relay(?:ing)?\b|refused|reject"
        r"|virus|banned|forbidden|prohibited|restricted|reverse dns|ptr record|\bspf\b|\bdkim\b|\bdmarc\b|content filter|filtered"
        r"|refus|rejet|interdit|indesirable|bloque|liste noire|non autoris|pas autoris|antispam|anti-spam|not accept\w*"
        r"|abgelehnt|verweigert|zuruckgewiesen|abgewiesen|rechazad|denegad|bloquead|rifiutat|respint|bloccat|rejeitad|recusad|geweigerd|odrzucon",
    ),
    (
        "4.6",
        "mail loop",
        r"too many hops|hop count|mail loop|routing loop|loops? back|boucle",
    ),
    (
        "4.7",
        "given up after trying for long",
        r"expired|giving up|given up|gave up|too long|retry time|queue too|for the last \d+|numerous attempts|failed \d+ attempts"
        r"|have been failing|not delivered within|could not (?:be )?deliver\w* for (?:\d|the last|too|more)|after \d+ (?:hours|days)|delai (?:d'\w+ |de \w+ )?(?:depasse|expire)|expire"
        r"|abandon|stopped trying|will not continue|repeated attempts|undelivered after",
    ),
    (
        "4.1",
        "no answer from host",
        r"timed? ?out|time-?out|connection (?:refused|reset|lost|dropped|closed|was dropped|failed|frequency)|could not connect|unable to connect"
        r"|cannot connect|not respond|no response|no answer|connect to|not reachable|unreachable|could not initiate|socket error"
        r"|did not accept our requests|network error|ne repond pas|n'a pas repondu|injoignable|connexion (?:refusee|impossible|interrompue|perdue)|smtp connection",
    ),
    (
        "3.0",
        "the mail system failed",
        r"mailer error|internal error|system error|i/o error|command (?:died|failed|output)|pipe to|permission|mail system problem"
        r"|local error|erreur (?:interne|systeme)|service (?:un|currently un)?available|service indisponible|temporary failure|busy",
    ),
)
"""Rows: RFC 3463 subject.detail, its meaning, the wording."""


# Folding leaves nothing of other scripts: these are compared as written, lower case. Chinese, Japanese, Korean, Russian,
# Ukrainian, Polish, Czech, Hungarian, Turkish and Greek systems.
ELSEWHERE: tuple[tuple[str, str, str], ...] = (
    (
        "2.2",
        "mailbox full",
        r"邮箱.{0,6}(?:已满|满|空间不足)|信箱.{0,6}(?:已滿|滿)|容量(?:不足|超限|を超)|メールボックス.{0,12}(?:いっぱい|満杯|超え|容量)|메일함.{0,12}(?:초과|가득|용량)"
        r"|(?:ящик|скриньк).{0,40}(?:переполнен|переповнен|превы|заполнен)|квот|przepe[łl]nion|skrzynk\w* .{0,30}pe[łl]n|schránka.{0,30}pln|postafi[óo]k.{0,30}(?:megtelt|tele)"
        r"|posta kutusu.{0,20}dolu|kota|γραμματοκιβώτιο.{0,20}πλήρες",
    ),
    (
        "3.4",
        "message too big",
        r"邮件(?:太大|过大|大小超)|サイズ.{0,10}(?:超え|大き)|용량이? ?(?:너무|초과)|слишком (?:больш|велик)|превышает.{0,30}размер|размер.{0,40}превыша|zbyt du[żz]|příliš velk|túl nagy|çok büyük",
    ),
    (
        "4.4",
        "no host or no route for the domain",
        r"(?:域名|主机|服务器).{0,10}(?:不存在|找不到|无法解析)|域名解析|ドメイン.{0,14}(?:見つか|存在し|確認でき)|도메인.{0,14}(?:없|찾을)|домен\w*.{0,40}не (?:существует|найден|знайден)|хост.{0,20}не найден"
        r"|domen\w* .{0,20}nie istnieje|domena.{0,20}(?:nie istnieje|neexistuje)|domén\w*.{0,20}neexistuje",
    ),
    (
        "1.1",
        "no such user",
        r"(?:地址|用户|帐号|账号|收件人|邮箱|郵箱|帳號).{0,40}(?:不存在|无效|錯誤|错误|不正确)|(?:不存在|无效)的?(?:用户|地址|收件人|邮箱)|(?:アドレス|宛先|ユーザ|受信者).{0,30}(?:存在しま?せ?ん?|見つかりません|不明|無効|存在しない)"
        r"|존재하지 않는 (?:계정|주소|사용자)|없는 (?:계정|주소|사용자)|(?:주소|수신자|사용자|계정).{0,20}(?:존재하지|없|찾을 수)|(?:ящик|адрес\w*|пользовател\w*|получател\w*|скринька|користувач\w*).{0,40}(?:не существует|не найден|не знайден|не існує|неизвестен|недоступен|отключен)"
        r"|(?:нет такого|неизвестный) (?:пользовател|адрес|ящик)|(?:adres|użytkownik|odbiorc|konto|skrzynk)\w*.{0,40}(?:nie istniej|nieznan|nieprawid)|(?:adresa|schránka|uživatel|příjemce).{0,30}(?:neexistuj|neznám)"
        r"|(?:kullanıcı|adres|alıcı).{0,30}(?:bulunamadı|yok|geçersiz)|ismeretlen (?:felhasználó|címzett)|nem (?:létezik|található)|δεν (?:υπάρχει|βρέθηκε)",
    ),
    (
        "7.1",
        "refused by policy",
        r"垃圾邮件|垃圾郵件|被(?:拒绝|拒收|拦截)|黑名单|拒否|迷惑メール|スパム|ブロック|스팸|차단|거부|спам|отклонен|відхилен|заблокирован|черн\w+ спис|odrzucon|zablokowan|odmítnut|zamítnut|elutasít|reddedildi|engellendi|απορρίφθηκε",
    ),
    (
        "4.1",
        "no answer from host",
        r"连接(?:超时|失败)|タイムアウト|接続でき|응답(?:이 )?없|превышено время|не отвечает|нет ответа|nie odpowiada|przekroczon\w+ (?:limit )?czas|neodpovídá|zaman aşımı",
    ),
)
"""Rows as in MEANINGS, for words that lose their letters by folding."""


def meaning(text: str) -> str:
    """Subject and detail ("1.1") that the words of `text` mean, or '' when none is recognised."""
    folded = fold(text[:_SCAN])
    found = next((detail for detail, wording in _compiled(MEANINGS) if wording.search(folded)), "")
    if found or text.isascii():
        return found
    low = text[:_SCAN].lower()
    return next((detail for detail, wording in _compiled(ELSEWHERE) if wording.search(low)), "")


@cache
def _compiled(rows: tuple[tuple[str, str, str], ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((detail, re.compile(wording, re.S)) for detail, _, wording in rows)
