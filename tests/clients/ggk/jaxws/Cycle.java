// JAX-WS against the door of the GGk, with classes that wsimport made of a description. Arguments: what the run is called, the description, the namespace of the
// service, its name, its address, and "older" for ggk0310. Surroundings: MESSAGES, QUESTIONS; the certificates are those of the JVM's system properties.
//
// The classes of the two versions, and those made of our description and of the published one, differ in names of types, so their fields are filled by name.

import java.lang.reflect.Method;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import javax.xml.bind.annotation.XmlEnumValue;
import javax.xml.namespace.QName;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.Service;
import nl.ggk.Bv03Bericht;
import nl.ggk.EnvelopHeenberichtGgkDi01;
import nl.ggk.EnvelopRetourberichtGgkDu01;
import nl.ggk.Fo01Bericht;
import nl.ggk.Fo03;
import nl.ggk.OntvangAsynchroon;

final class Cycle {
    private static final String SENDER = "0289";
    private static final String RECEIVER = "98980001";
    private static boolean failed;

    private interface Call {
        Bv03Bericht made() throws Fo03;
    }

    private static void check(String what, boolean isRight) {
        failed |= !isRight;
        System.out.println((isRight ? "ok   " : "NOT  ") + what);
    }

    private static String number() {
        return UUID.randomUUID().toString();
    }

    /** A bean with these fields; a map becomes a bean of its own, a text a value of an enumeration where that is the type. */
    private static <T> T bean(Class<T> type, Map<String, Object> fields) throws ReflectiveOperationException {
        T made = type.getDeclaredConstructor().newInstance();
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            String setter = "set" + field.getKey().substring(0, 1).toUpperCase() + field.getKey().substring(1);
            for (Method method : type.getMethods()) {
                if (method.getName().equals(setter)) {
                    method.invoke(made, fitting(method.getParameterTypes()[0], field.getValue()));
                }
            }
        }
        return made;
    }

    @SuppressWarnings("unchecked")
    private static Object fitting(Class<?> type, Object value) throws ReflectiveOperationException {
        if (value instanceof Map) {
            return bean(type, (Map<String, Object>) value);
        }
        if (!type.isEnum()) {
            return value;
        }
        for (Object constant : type.getEnumConstants()) {
            XmlEnumValue written = type.getField(((Enum<?>) constant).name()).getAnnotation(XmlEnumValue.class);
            if (value.equals(written == null ? ((Enum<?>) constant).name() : written.value())) {
                return constant;
            }
        }
        throw new IllegalArgumentException(type + " has no " + value);
    }

    /** A message of this kind with another text in its first element of each of these names. */
    private static byte[] message(String kind, Map<String, String> other) throws Exception {
        String text = Files.readString(Path.of(System.getenv("MESSAGES"), kind, "plain", "message.xml"));
        for (Map.Entry<String, String> one : other.entrySet()) {
            text = text.replaceFirst("(:" + one.getKey() + ">)[^<]+", "$1" + one.getValue());
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> routing(String code, String number, String functie, String answers) {
        Map<String, Object> own = new TreeMap<>(Map.of(
            "berichtcode", code,
            "zender", Map.of("organisatie", SENDER, "applicatie", "Jeugd Applicatie"),
            "ontvanger", Map.of("organisatie", RECEIVER, "applicatie", "GGk"),
            "referentienummer", number,
            "tijdstipBericht", "20260301100000"));
        if (functie != null) {
            own.put("functie", functie);
        }
        if (answers != null) {
            own.put("crossRefnummer", answers);
        }
        return own;
    }

    private static Map<String, Object> parameters(byte[] content, boolean older) {
        Map<String, Object> bericht = older ? Map.of("value", content, "contentType", "application/xml") : Map.of("xmlBestand", content);
        return Map.of("applicatieVersie", "0001", "applicatieSubversie", "0000", "functieVersie", "0003", "functieSubversie", "0002", "bericht", bericht);
    }

    /** Code of the Fo03 that it throws; empty for none. */
    private static String faultOf(Call call) {
        try {
            call.made();
            return "";
        } catch (Fo03 refused) {
            return refused.getFaultInfo().getBody().getCode();
        }
    }

    private static boolean confirms(Bv03Bericht answer, String number) {
        return answer.getStuurgegevens().getBerichtcode().value().equals("Bv03") && answer.getStuurgegevens().getCrossRefnummer().equals(number);
    }

    public static void main(String[] arguments) throws Exception {
        String name = arguments[0];
        boolean older = arguments[5].equals("older");
        List<String> questions = Files.readAllLines(Path.of(System.getenv("QUESTIONS")));
        Service service = Service.create(new URL(arguments[1]), new QName(arguments[2], arguments[3]));
        OntvangAsynchroon port = service.getPort(new QName(arguments[2], "OntvangAsynchroon"), OntvangAsynchroon.class);
        ((BindingProvider) port).getRequestContext().put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, arguments[4]);

        String number = number();
        byte[] content = message("JW301", Map.of("Identificatie", number().substring(24)));
        EnvelopHeenberichtGgkDi01 di01 = bean(EnvelopHeenberichtGgkDi01.class,
            Map.of("stuurgegevens", routing("Di01", number, "JW301", null), "parameters", parameters(content, older)));
        Bv03Bericht first = port.ggkDi01(di01);
        check(name + ": Bv03 on a Di01", confirms(first, number));
        check(name + ": zender and ontvanger changed places", first.getStuurgegevens().getZender().getOrganisatie().equals(RECEIVER));
        String again = port.ggkDi01(di01).getStuurgegevens().getReferentienummer();
        check(name + ": the same again has the same answer", again.equals(first.getStuurgegevens().getReferentienummer()));
        di01.getStuurgegevens().setFunctie("JW319");
        check(name + ": the same number with another functie is StUF016", faultOf(() -> port.ggkDi01(di01)).equals("StUF016"));
        di01.getStuurgegevens().setFunctie("JW399");
        di01.getStuurgegevens().setReferentienummer(number());
        check(name + ": a functie that nobody knows is StUF034", faultOf(() -> port.ggkDi01(di01)).equals("StUF034"));

        String[] asked = questions.get(0).split(" ");
        String answer = number();
        byte[] retour = message("JW306", Map.of("Identificatie", asked[1], "IdentificatieRetour", number().substring(24)));
        EnvelopRetourberichtGgkDu01 du01 = bean(EnvelopRetourberichtGgkDu01.class,
            Map.of("stuurgegevens", routing("Du01", answer, "JW306", asked[0]), "parameters", parameters(retour, older)));
        check(name + ": Bv03 on a Du01", confirms(port.ggkDu01(du01), answer));
        du01.getStuurgegevens().setReferentienummer(number());
        du01.getStuurgegevens().setCrossRefnummer(number());
        check(name + ": a Du01 to what is not known is StUF043", faultOf(() -> port.ggkDu01(du01)).equals("StUF043"));

        String refusal = number();
        Map<String, Object> body = Map.of("code", "StUF055", "plek", "client", "omschrijving", "Bericht voldoet niet aan het schema");
        Fo01Bericht fo01 = bean(Fo01Bericht.class,
            Map.of("stuurgegevens", routing("Fo01", refusal, null, questions.get(1).split(" ")[0]), "body", body));
        check(name + ": Bv03 on a Fo01", confirms(port.fo01(fo01), refusal));
        fo01.getStuurgegevens().setReferentienummer(number());
        fo01.getStuurgegevens().setCrossRefnummer(number());
        check(name + ": a Fo01 about what is not known is StUF043", faultOf(() -> port.fo01(fo01)).equals("StUF043"));
        System.exit(failed ? 1 : 0);
    }
}
