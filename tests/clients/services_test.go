package clients

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestServices(t *testing.T) {
	ns := space(t)
	c := clientset(t).CoreV1().Services(ns)
	service := func(name string, change func(*corev1.ServiceSpec)) (*corev1.Service, error) {
		s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.ServiceSpec{Selector: map[string]string{"a": "b"}, Ports: []corev1.ServicePort{{Port: 80}}}}
		if change != nil {
			change(&s.Spec)
		}
		return c.Create(ctx(t), s, metav1.CreateOptions{})
	}
	a, err := service("a", nil)
	must(t, err)
	s := a.Spec
	if s.Type != "ClusterIP" || s.ClusterIP == "" || len(s.ClusterIPs) != 1 || s.ClusterIPs[0] != s.ClusterIP || s.SessionAffinity != "None" || *s.IPFamilyPolicy != "SingleStack" || s.IPFamilies[0] != "IPv4" || *s.InternalTrafficPolicy != "Cluster" || s.Ports[0].Protocol != "TCP" || s.Ports[0].TargetPort != intstr.FromInt32(80) {
		t.Errorf("%+v", s)
	}
	_, err = service("taken", func(s *corev1.ServiceSpec) { s.ClusterIP = a.Spec.ClusterIP })
	if !apierrors.IsInvalid(err) {
		t.Errorf("address twice: %v", err)
	}
	_, err = service("outside", func(s *corev1.ServiceSpec) { s.ClusterIP = "192.0.2.1" })
	if !apierrors.IsInvalid(err) {
		t.Errorf("address outside: %v", err)
	}
	h, err := service("headless", func(s *corev1.ServiceSpec) { s.ClusterIP = "None" })
	must(t, err)
	if h.Spec.ClusterIPs[0] != "None" {
		t.Errorf("%+v", h.Spec)
	}
	e, err := service("external", func(s *corev1.ServiceSpec) {
		s.Type, s.ExternalName, s.Selector, s.Ports = "ExternalName", "example.org", nil, nil
	})
	must(t, err)
	if e.Spec.ClusterIP != "" || e.Spec.ClusterIPs != nil || e.Spec.IPFamilyPolicy != nil || e.Spec.InternalTrafficPolicy != nil {
		t.Errorf("%+v", e.Spec)
	}
	n, err := service("node", func(s *corev1.ServiceSpec) { s.Type = "NodePort" })
	must(t, err)
	if p := n.Spec.Ports[0].NodePort; p < 30000 || p > 32767 || n.Spec.ExternalTrafficPolicy != "Cluster" {
		t.Errorf("%+v", n.Spec)
	}
	_, err = service("porttaken", func(s *corev1.ServiceSpec) { s.Type = "NodePort"; s.Ports[0].NodePort = n.Spec.Ports[0].NodePort })
	if !apierrors.IsInvalid(err) {
		t.Errorf("port twice: %v", err)
	}
	_, err = service("portrange", func(s *corev1.ServiceSpec) { s.Type = "NodePort"; s.Ports[0].NodePort = 80 })
	if !apierrors.IsInvalid(err) {
		t.Errorf("port outside: %v", err)
	}
	_, err = service("clusterport", func(s *corev1.ServiceSpec) { s.Ports[0].NodePort = 30999 })
	if !apierrors.IsInvalid(err) {
		t.Errorf("node port without NodePort: %v", err)
	}
	// NodePort → ClusterIP gives the port back.
	port := n.Spec.Ports[0].NodePort
	n.Spec.Type = "ClusterIP"
	n, err = c.Update(ctx(t), n, metav1.UpdateOptions{})
	must(t, err)
	if n.Spec.Ports[0].NodePort != 0 || n.Spec.ExternalTrafficPolicy != "" {
		t.Errorf("%+v", n.Spec)
	}
	_, err = service("reuse", func(s *corev1.ServiceSpec) { s.Type = "NodePort"; s.Ports[0].NodePort = port })
	must(t, err)
	a.Spec.ClusterIP = "10.43.1.1"
	a.Spec.ClusterIPs = []string{"10.43.1.1"}
	if _, err = c.Update(ctx(t), a, metav1.UpdateOptions{}); !apierrors.IsInvalid(err) {
		t.Errorf("changed address: %v", err)
	}
	a, err = c.Get(ctx(t), "a", metav1.GetOptions{})
	must(t, err)
	ip := a.Spec.ClusterIP
	a.Spec.Type, a.Spec.ExternalName = "ExternalName", "example.org"
	a, err = c.Update(ctx(t), a, metav1.UpdateOptions{})
	must(t, err)
	if a.Spec.ClusterIP != "" {
		t.Errorf("%+v", a.Spec)
	}
	b, err := service("b", func(s *corev1.ServiceSpec) { s.ClusterIP = ip })
	must(t, err)
	a.Spec.Type, a.Spec.ExternalName = "ClusterIP", ""
	a, err = c.Update(ctx(t), a, metav1.UpdateOptions{})
	must(t, err)
	if a.Spec.ClusterIP == "" || a.Spec.ClusterIP == b.Spec.ClusterIP {
		t.Errorf("%+v", a.Spec)
	}
	// A replacement that leaves the address out keeps it.
	before := a.Spec.ClusterIP
	a.Spec.ClusterIP, a.Spec.ClusterIPs = "", nil
	a, err = c.Update(ctx(t), a, metav1.UpdateOptions{})
	must(t, err)
	if a.Spec.ClusterIP != before {
		t.Errorf("kept %q", a.Spec.ClusterIP)
	}
	lb, err := service("lb", func(s *corev1.ServiceSpec) { s.Type = "LoadBalancer" })
	must(t, err)
	if !*lb.Spec.AllocateLoadBalancerNodePorts || lb.Spec.Ports[0].NodePort == 0 {
		t.Errorf("%+v", lb.Spec)
	}
	lb.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "192.0.2.7"}}
	lb, err = c.UpdateStatus(ctx(t), lb, metav1.UpdateOptions{})
	must(t, err)
	if len(lb.Status.LoadBalancer.Ingress) != 1 || lb.Status.LoadBalancer.Ingress[0].IPMode == nil {
		t.Errorf("%+v", lb.Status)
	}
	must(t, c.Delete(ctx(t), "a", metav1.DeleteOptions{}))
	k, err := clientset(t).CoreV1().Services("default").Get(ctx(t), "kubernetes", metav1.GetOptions{})
	if err != nil {
		t.Errorf("service kubernetes: %v", err)
	} else if k.Spec.Ports[0].Name != "https" {
		t.Errorf("%+v", k.Spec)
	}
	_, err = service("two", func(s *corev1.ServiceSpec) { s.Ports = append(s.Ports, corev1.ServicePort{Port: 81}) })
	if !apierrors.IsInvalid(err) {
		t.Errorf("unnamed ports: %v", err)
	}
}
