"""The words of each mail. Every value in braces is escaped where it is put in; `{code}` stands by itself, large."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lib.mail.outbox import Kind, Language
from lib.security.codes import VALID_MINUTES


@dataclass(frozen=True)
class Template:
    """A subject and paragraphs, with the names of values in braces."""

    subject: str
    paragraphs: Sequence[str]


GREETING: Mapping[Language, str] = {"en": "Hello {first_name},", "ar": "مرحبًا {first_name}،"}
# To an address of which nobody knows yet whose it is.
GREETING_OF_NOBODY: Mapping[Language, str] = {"en": "Hello,", "ar": "مرحبًا،"}
CLOSING = "{seller} · {seller_email}"

_NEVER_ASKED_EN = "If you did not ask for it, ignore this mail and tell nobody the code: nothing changes without it."
_NEVER_ASKED_AR = "إذا لم تطلبه فتجاهل هذه الرسالة ولا تُطلع أحدًا على الرمز: لن يتغير شيء بدونه."
_IN_THE_APP_EN = "You will find it in the app, with its invoice as a PDF in Arabic and English: {app}"
_IN_THE_APP_AR = "تجده في التطبيق مع فاتورته بصيغة PDF بالعربية والإنجليزية: {app}"

TEMPLATES: Mapping[Kind, Mapping[Language, Template]] = {
    "VERIFICATION": {
        "en": Template(
            "Confirm your e-mail address",
            ["Your code to confirm this address:", "{code}", f"It is valid for {VALID_MINUTES} minutes.", _NEVER_ASKED_EN],
        ),
        "ar": Template(
            "تأكيد بريدك الإلكتروني",
            ["رمز تأكيد هذا البريد:", "{code}", f"الرمز صالح لمدة {VALID_MINUTES} دقيقة.", _NEVER_ASKED_AR],
        ),
    },
    "PASSWORD_RESET": {
        "en": Template(
            "Your code for a new password",
            ["Your code to set a new password:", "{code}", f"It is valid for {VALID_MINUTES} minutes.", _NEVER_ASKED_EN],
        ),
        "ar": Template(
            "رمز كلمة المرور الجديدة",
            ["رمز تعيين كلمة مرور جديدة:", "{code}", f"الرمز صالح لمدة {VALID_MINUTES} دقيقة.", _NEVER_ASKED_AR],
        ),
    },
    "PASSWORD_CHANGED": {
        "en": Template(
            "Your password was changed",
            [
                "The password of your account was changed, and other devices were logged out.",
                'If it was not you, set a new one with "Forgot password" now and write to us.',
            ],
        ),
        "ar": Template(
            "تم تغيير كلمة المرور",
            [
                "تم تغيير كلمة مرور حسابك وتسجيل الخروج من الأجهزة الأخرى.",
                "إذا لم تفعل ذلك فعيّن كلمة جديدة الآن من «نسيت كلمة المرور» وراسلنا.",
            ],
        ),
    },
    "ORDER_ISSUED": {
        "en": Template("Your order {order_number}", ["Your order {order_number} for {amount} is ready.", _IN_THE_APP_EN]),
        "ar": Template("طلبك {order_number}", ["طلبك {order_number} بقيمة {amount} جاهز.", _IN_THE_APP_AR]),
    },
    "PAYMENT_RECEIVED": {
        "en": Template(
            "We have received your payment",
            ["We have received {amount} for your order {order_number} (payment {payment_number}). Thank you."],
        ),
        "ar": Template(
            "استلمنا دفعتك",
            ["استلمنا {amount} لطلبك {order_number} (الدفعة {payment_number}). شكرًا لك."],
        ),
    },
    "REFUND_COMPLETED": {
        "en": Template(
            "Your refund is completed",
            [
                "{amount} of your order {order_number} was refunded (refund {refund_number}).",
                "What goes back to a card may take some days until your bank shows it.",
            ],
        ),
        "ar": Template(
            "تم رد المبلغ",
            [
                "تم رد {amount} من طلبك {order_number} (رقم الرد {refund_number}).",
                "قد يستغرق ظهور المبلغ المردود إلى البطاقة بضعة أيام لدى بنكك.",
            ],
        ),
    },
    "BOOKING_CONFIRMED": {
        "en": Template(
            "Your booking {booking_number} is confirmed", ["Your booking {title} ({booking_number}) is confirmed."]
        ),
        "ar": Template("تم تأكيد حجزك {booking_number}", ["تم تأكيد حجزك {title} ({booking_number})."]),
    },
    "BOOKING_CHANGED": {
        "en": Template(
            "Your booking {booking_number} was changed",
            ["Our staff changed your booking {title} ({booking_number}).", "You will find it in the app: {app}"],
        ),
        "ar": Template(
            "تم تعديل حجزك {booking_number}",
            ["عدّل فريقنا حجزك {title} ({booking_number}).", "تجد تفاصيله في التطبيق: {app}"],
        ),
    },
    "BOOKING_CANCELLED": {
        "en": Template(
            "Your booking {booking_number} is cancelled",
            [
                "Your booking {title} ({booking_number}) is cancelled.",
                "If anything is refunded, we will tell you in a separate mail.",
            ],
        ),
        "ar": Template(
            "تم إلغاء حجزك {booking_number}",
            ["تم إلغاء حجزك {title} ({booking_number}).", "نخبرك برسالة مستقلة بما يُرد إليك منه."],
        ),
    },
    "CASHBACK_CREDITED": {
        "en": Template("Your cashback is here", ["{amount} of cashback was credited to your account."]),
        "ar": Template("وصل الاسترداد النقدي", ["أُضيف {amount} من الاسترداد النقدي إلى حسابك."]),
    },
    "ADDRESS_REMOVED": {
        "en": Template(
            "Your account has another e-mail address",
            [
                "Our staff replaced this address in your account by another one. You log in with that one now.",
                "If you did not ask for it, write to us at once: {seller_email}",
            ],
        ),
        "ar": Template(
            "تغيّر البريد الإلكتروني لحسابك",
            [
                "استبدل فريقنا هذا البريد في حسابك ببريد آخر، وبه تسجل الدخول من الآن.",
                "إذا لم تطلب ذلك فراسلنا فورًا: {seller_email}",
            ],
        ),
    },
    "ADDRESS_GIVEN": {
        "en": Template(
            "This is the e-mail address of your account now",
            [
                "Our staff wrote this address into an account at {seller}. It is what its owner logs in with now.",
                "If that is not you, write to us: {seller_email}",
            ],
        ),
        "ar": Template(
            "هذا هو البريد الإلكتروني لحسابك الآن",
            [
                "سجّل فريقنا هذا البريد في حساب لدى {seller}، وبه يسجل صاحبه الدخول من الآن.",
                "إذا لم تكن صاحب الحساب فراسلنا: {seller_email}",
            ],
        ),
    },
}
